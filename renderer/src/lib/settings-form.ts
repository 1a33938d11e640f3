import type { Settings } from '../../../shared/abl/settings.ts';
import type { SettingHelp } from '../../../shared/contract/api.ts';
import { SETTING_GROUPS } from '../../../shared/words/settings.ts';

/** Keys that no group names (a newer host may have more), so that none is hidden. */
export function ungrouped(help: readonly SettingHelp[]): (keyof Settings)[] {
  const grouped = new Set(SETTING_GROUPS.flatMap(({ keys }) => keys));
  // Trusted images have a field of their own.
  return help.map(({ key }) => key).filter((key) => !grouped.has(key) && key !== 'trusted');
}

/**
 * What a person typed for a setting, checked against what the host says about it.
 * @returns the value, or in plain words why it cannot be used
 */
export function readSetting(
  help: SettingHelp,
  text: string,
): { value: number | string; problem: null } | { value: null; problem: string } {
  const problem = (why: string) => ({ value: null, problem: why });
  if (help.kind !== 'number' && help.kind !== 'integer') {
    return text.trim() === '' ? problem('This must not be empty.') : { value: text.trim(), problem: null };
  }
  const value = Number(text);
  if (text.trim() === '' || !Number.isFinite(value)) return problem('This must be a number.');
  if (help.kind === 'integer' && !Number.isInteger(value)) return problem('This must be a whole number.');
  if (help.min !== null && value < help.min) return problem(`This must be at least ${help.min}.`);
  if (help.max !== null && value > help.max) return problem(`This must be at most ${help.max}.`);
  return { value, problem: null };
}

/** The settings that differ from the preset's. */
export function overridesOf(settings: Settings, preset: Settings): Partial<Settings> {
  return Object.fromEntries(
    Object.entries(settings).filter(([key, value]) => preset[key as keyof Settings] !== value),
  ) as Partial<Settings>;
}
