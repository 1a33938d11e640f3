import { z } from 'zod';
import { PRESETS } from '../../shared/abl/presets.ts';
import { settingsSchema, type Settings } from '../../shared/abl/settings.ts';
import { attacks } from '../../shared/attacks/registry.ts';
import type { AttackInfo, PresetInfo, SettingHelp } from '../../shared/contract/api.ts';

/** The attacks that can be simulated, without their code. */
export function listAttacks(): AttackInfo[] {
  return attacks.map((attack) => ({
    name: attack.name,
    title: attack.title,
    summary: attack.summary,
    source: attack.source,
    paper: attack.paper,
    success: attack.success,
    cleanLabel: attack.cleanLabel,
    goal: attack.goal,
    needsNetwork: attack.needsNetwork,
    parameters: attack.parameters.map((parameter) => ({ ...parameter })),
  }));
}

/** The presets with all their settings, and what each setting means and allows. */
export function listPresets(): { presets: PresetInfo[]; help: SettingHelp[] } {
  return {
    presets: PRESETS.map((preset) => ({ ...preset, settings: { ...preset.settings } })),
    help: settingsHelp(),
  };
}

interface Described {
  type: string;
  description?: string;
  enum?: string[];
  minimum?: number;
  maximum?: number;
  exclusiveMinimum?: number;
}

function settingsHelp(): SettingHelp[] {
  const { properties } = z.toJSONSchema(settingsSchema) as unknown as {
    properties: Record<string, Described>;
  };
  return Object.entries(properties).map(([key, one]) => ({
    key: key as keyof Settings,
    help: one.description ?? '',
    kind: kindOf(one),
    min: one.minimum ?? one.exclusiveMinimum ?? null,
    max: one.maximum ?? null,
    choices: one.enum ?? null,
  }));
}

function kindOf({ type, enum: choices }: Described): SettingHelp['kind'] {
  if (choices) return 'choice';
  if (type === 'boolean') return 'boolean';
  if (type === 'integer') return 'integer';
  return type === 'number' ? 'number' : 'text';
}
