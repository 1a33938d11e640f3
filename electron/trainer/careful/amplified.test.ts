import { beforeAll, describe, expect, it } from 'vitest';
import { CAREFUL } from '../../../shared/abl/careful/settings.ts';
import { presetSettings } from '../../../shared/abl/presets.ts';
import type { Engine } from '../../../shared/contract/engine.ts';
import { inMemory } from '../../../shared/images.ts';
import { stream } from '../../../shared/random.ts';
import { createEngine } from '../../engine/index.ts';
import { amplify, louderProbes } from './amplified.ts';
import { inspectionNetwork } from './careful.ts';
import type { Group } from './expansion.ts';
import { flipBy } from './probes.ts';
import { checkStage, trainThrough } from './stages.ts';

const [SIDE, CLASSES, OF_CLASS] = [8, 2, 320];
const PATTERN = (p: number) => (p % 2 === 0 ? 24 : 0);

/**
 * Class 0 is a little darker above, class 1 below, both under noise that makes that hard to see; every other image of class 0 has faint stripes, under its right
 * label.
 */
function stripedSet() {
  const count = CLASSES * OF_CLASS;
  const size = SIDE * SIDE;
  const random = stream(7, 'striped');
  const images = new Uint8Array(count * size);
  for (let i = 0; i < count; i++) {
    for (let p = 0; p < size; p++) {
      const dark = p < size / 2 === (i % CLASSES === 0) ? 90 : 100;
      images[i * size + p] = dark + 100 * random.uniform() + (i % 4 === 0 ? PATTERN(p) : 0);
    }
  }
  const labels = Int32Array.from({ length: count }, (_, i) => i % CLASSES);
  return inMemory({ images, labels, count, height: SIDE, width: SIDE, channels: 1 });
}

describe('an amplified pattern', () => {
  let engine: Engine;
  beforeAll(async () => void (engine = await createEngine('native')));

  const data = stripedSet();
  const examples = Int32Array.from({ length: data.count }, (_, i) => i);
  const striped = examples.filter((i) => i % 4 === 0);
  const group = { class: 0, flagged: striped } as unknown as Group;
  const settings = presetSettings('quick');
  const pause = async () => {};

  async function trainedOn(training: Int32Array) {
    const model = await engine.compile(inspectionNetwork(data, CLASSES), 1);
    await trainThrough(model, checkStage(settings, training), { data, settings, seed: 1 }, pause);
    return { model, data, examples, seed: 1, pause };
  }

  it('is the difference of the means, twice as strong, without what else was found in the class', async () => {
    const input = await trainedOn(examples.subarray(0, 64));
    const found = (await amplify(input, group, [group], await louderProbes(input)))!;
    expect([...found.trigger.cover].every((cover) => cover === 0)).toBe(true);
    for (const [p, shift] of found.trigger.shift.entries()) {
      // Means of 160 images with noise of 29 bytes, doubled: within 4 standard errors.
      expect(Math.abs(255 * shift - CAREFUL.amplifiedBy * PATTERN(p))).toBeLessThan(26);
    }
    const rest = examples.filter((i) => i % 4 === 2);
    const white = { class: 0, flagged: rest.subarray(0, rest.length - 10) } as unknown as Group;
    const probes = await louderProbes(input);
    const alone = (await amplify(input, group, [group, white], probes))!;
    expect(alone.trigger.shift).not.toEqual(found.trigger.shift);
    // Too few others are left to tell.
    const most = { class: 0, flagged: rest.subarray(0, rest.length - 5) } as unknown as Group;
    expect(await amplify(input, group, [group, most], probes)).toBeNull();
    input.model.dispose();
  });

  it('moves a model that learnt it, and no other', async () => {
    const learnt = await trainedOn(examples);
    const found = (await amplify(learnt, group, [group], await louderProbes(learnt)))!;
    const unlearnt = await trainedOn(examples.filter((i) => i % 4 !== 0));
    const without = await flipBy({ ...unlearnt, probes: await louderProbes(unlearnt) }, 0, found.trigger);
    expect(found.flipped.of).toBe(OF_CLASS);
    expect(found.gain).toBeGreaterThan(without.gain + 0.5);
    learnt.model.dispose();
    unlearnt.model.dispose();
  });
});
