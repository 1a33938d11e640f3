import { describe, expect, test } from 'vitest';
import { presetSettings } from '../../../shared/abl/presets.ts';
import type { SettingHelp } from '../../../shared/contract/api.ts';
import { SETTING_GROUPS, settingTitle } from '../../../shared/words/settings.ts';
import { overridesOf, readSetting, ungrouped } from './settings-form.ts';

const integer: SettingHelp = {
  key: 'batchSize',
  help: '',
  kind: 'integer',
  min: 2,
  max: 4096,
  choices: null,
};

describe('what is typed for a setting', () => {
  test.each([
    ['64', 64],
    [' 2 ', 2],
    ['4096', 4096],
  ])('%j is taken', (text, value) => expect(readSetting(integer, text)).toEqual({ value, problem: null }));

  test.each(['', ' ', 'x', '1', '4097', '2.5', 'Infinity', '-3'])('%j is refused with a reason', (text) => {
    const { value, problem } = readSetting(integer, text);
    expect(value).toBeNull();
    expect(problem).toMatch(/^This must be .+\.$/);
  });

  test('a text must not be empty', () => {
    const network: SettingHelp = { ...integer, key: 'network', kind: 'text', min: null, max: null };
    expect(readSetting(network, ' wrn-16-1 ').value).toBe('wrn-16-1');
    expect(readSetting(network, '  ').problem).not.toBeNull();
  });
});

test('every setting has one group, and a title', () => {
  const keys = Object.keys(presetSettings('quick'));
  const grouped = SETTING_GROUPS.flatMap((group) => group.keys);
  expect(new Set(grouped).size).toBe(grouped.length);
  const rest = ungrouped(keys.map((key) => ({ ...integer, key: key as SettingHelp['key'] })));
  // Trusted images are chosen from a list of their own.
  expect([...grouped, ...rest, 'trusted'].sort()).toEqual([...keys].sort());
  for (const key of keys) expect(settingTitle(key)).toMatch(/^[A-Z]/);
});

test('only what differs from the preset is an override', () => {
  const preset = presetSettings('quick');
  expect(overridesOf(preset, preset)).toEqual({});
  expect(overridesOf({ ...preset, batchSize: 32, flip: !preset.flip }, preset)).toEqual({
    batchSize: 32,
    flip: !preset.flip,
  });
});
