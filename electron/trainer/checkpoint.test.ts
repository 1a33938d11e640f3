import { expect, it } from 'vitest';
import { presetSettings } from '../../shared/abl/presets.ts';
import { fingerprintOf } from './checkpoint.ts';

type Run = Parameters<typeof fingerprintOf>[0];

it('a checkpoint from before trusted images and unlearning is of the same run, if these are off', () => {
  const settings = { ...presetSettings('careful'), trusted: '', unlearnTrigger: 0 };
  const fingerprint = (of: object) =>
    fingerprintOf({ settings: of, seed: 1, methods: ['naive', 'abl'] } as unknown as Run, 'data');
  const earlier = Object.fromEntries(
    Object.entries(settings).filter(([key]) => !['trusted', 'unlearnTrigger'].includes(key)),
  );
  expect(fingerprint(earlier)).toBe(fingerprint(settings));
  expect(fingerprint({ ...settings, unlearnTrigger: 0.05 })).not.toBe(fingerprint(settings));
  expect(fingerprint({ ...settings, trusted: 'abc' })).not.toBe(fingerprint(settings));
  expect(fingerprint({ ...settings, cutout: 0 })).not.toBe(fingerprint({ ...settings, cutout: 3 }));
});
