import { describe, expect, it } from 'vitest';
import { presetSettings } from '../../shared/abl/presets.ts';
import { settingsSchema } from '../../shared/abl/settings.ts';
import { presetNames, resolveSettings, settingsHelp } from './settings.ts';

describe('settings', () => {
  it('are the preset’s with the overrides, each of its own type', () => {
    const set = { gamma: '0.25', flip: 'off', isolationObjective: 'flooding', batchSize: ' 32 ' };
    expect(resolveSettings('quick', set, 'wrn-10-1')).toEqual({
      ...presetSettings('quick'),
      gamma: 0.25,
      flip: false,
      isolationObjective: 'flooding',
      batchSize: 32,
      network: 'wrn-10-1',
    });
  });

  it.each(presetNames())('the preset %s is valid as it is', (name) => {
    expect(settingsSchema.parse(resolveSettings(name))).toEqual(presetSettings(name));
  });

  it.each([
    ['batchSize', '2.5', /whole numbers from 2 to 4096/],
    ['batchSize', '', /whole numbers/],
    ['gamma', 'NaN', /0 to 20/],
    ['naiveLearningRate', '0', /above 0 to 10/],
    ['flip', 'perhaps', /yes or no/],
    ['unlearning', 'all', /separate, joint, none/],
    ['network', 'vgg', /wrn-DEPTH-WIDTH/],
    ['network', 'wrn-17-1', /6n \+ 4/],
    ['toString', '1', /no setting "toString"/],
    ['__proto__', '1', /no setting/],
  ])('refuse %s=%j', (key, value, message) => {
    expect(() => resolveSettings('quick', Object.fromEntries([[key, value]]))).toThrow(message);
  });

  it('refuse an unknown preset with the known ones', () => {
    expect(() => resolveSettings('lazy')).toThrow('There is no preset "lazy".');
  });

  it('each have help and a range', () => {
    expect(settingsHelp().map(({ key }) => key)).toEqual(Object.keys(settingsSchema.shape));
    for (const { help, allowed } of settingsHelp())
      expect([help, allowed].join(' ')).not.toMatch(/undefined|^ | $/);
  });
});
