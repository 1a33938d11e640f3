import { describe, expect, it } from 'vitest';
import { inMemory } from '../../images.ts';
import { stream } from '../../random.ts';
import { patternIn, Light } from './light.ts';

const NONE = { all: 0, uniform: 0 };

describe('changes of light and contrast', () => {
  const usual = Float32Array.of(0, 0, 0.5, 0.5);
  const uniform = (pattern: number[], channels = 1, chance = NONE) =>
    new Light(usual, channels).uniformity(Float32Array.from(pattern), chance);

  it('are told from a pattern, each channel by itself', () => {
    expect(uniform([0.1, 0.1, 0.1, 0.1])).toBeCloseTo(1, 6);
    expect(uniform([0.1, -0.1, 0.1, -0.1])).toBeCloseTo(0, 6);
    expect(uniform([0.1, -0.1, 0.1, -0.1], 2)).toBeCloseTo(1, 6);
    // 0.92 x + 20 / 255.
    expect(uniform([...usual].map((x) => 20 / 255 - 0.08 * x))).toBeCloseTo(1, 6);
    // A ramp from nothing: the mean of x is 1/2, that of its square 1/3.
    const ramp = Float32Array.from({ length: 1000 }, (_, i) => i / 1000);
    expect(new Light(new Float32Array(1000), 1).uniformity(ramp, NONE)).toBeCloseTo(3 / 4, 2);
  });

  it('are asked of what is more than chance', () => {
    // Half of the energy is no change of light, and may be chance: then all is one change.
    expect(uniform([0.2, 0, 0.2, 0], 1, { all: 0.04, uniform: 0 })).toBeCloseTo(1, 6);
    // All of what is one change may be chance.
    expect(uniform([0.2, 0, 0.2, 0], 1, { all: 0.04, uniform: 0.04 })).toBeCloseTo(0, 6);
    expect(uniform([0.2, -0.1, 0.2, -0.1], 1, { all: 0.025, uniform: 0 })).toBeCloseTo(0.2, 6);
    // Where neither is more, nothing is known; a few values of light scatter more than many others.
    expect(uniform([0.1, 0.1, 0.1, 0.1], 1, { all: 0.01, uniform: 0.01 })).toBeNull();
    expect(uniform([0.1, 0.1, 0.1, 0.1], 1, { all: 0.01, uniform: 0.005 })).toBeCloseTo(1, 6);
    expect(uniform([0.1, -0.1, 0.1, -0.1], 1, { all: 0.035, uniform: 0 })).toBeNull();
    expect(uniform([0, 0, 0, 0])).toBeNull();
  });

  /** Waves in any light, of which the first `changed` are changed; how much of what these have more is one change of light. */
  async function uniformOf(changed: number, seed: number, change: (value: number, place: number) => number) {
    const [count, size] = [400, 64];
    const random = stream(seed, 'light');
    const images = new Uint8Array(count * size);
    for (let i = 0; i < count; i++) {
      const light = 60 + 100 * random.uniform();
      const waves = Array.from({ length: 6 }, (_, k) => ({
        ...{ across: random.integer(4), down: k, phase: 2 * Math.PI * random.uniform() },
        height: 30 / (1 + k),
      }));
      for (let p = 0; p < size; p++) {
        const at = ({ across, down, phase }: (typeof waves)[number]) =>
          phase + (Math.PI / 4) * (across * (p % 8) + down * (p >> 3));
        const value = waves.reduce((sum, wave) => sum + wave.height * Math.cos(at(wave)), light);
        images[i * size + p] = Math.max(0, Math.min(255, i < changed ? change(value, p) : value));
      }
    }
    const data = inMemory({ images, labels: new Int32Array(count), count, height: 8, width: 8, channels: 1 });
    const indices = Int32Array.from({ length: count }, (_, i) => i);
    const [own, others] = [indices.subarray(0, changed), indices.subarray(changed)];
    const { uniform: share, chance } = await patternIn(data, own, others, async () => {});
    return { share, chance };
  }

  it('are not taken for a pattern, nor a pattern on few images for one, though images differ in light', async () => {
    for (let seed = 1; seed <= 20; seed++) {
      const { share: light } = await uniformOf(40, seed, (value) => 0.92 * value + 20);
      expect(light ?? 1, `light, seed ${seed}`).toBeGreaterThan(0.9);
      // Stripes: half of them is one change.
      const { share } = await uniformOf(40, seed, (value, p) => value + 40 * (p % 2));
      expect(share, `stripes, seed ${seed}`).toBeLessThan(0.9);
      const { share: mark } = await uniformOf(40, seed, (value, p) => (p % 8 < 2 && p < 16 ? 255 : value));
      expect(mark, `mark, seed ${seed}`).toBeLessThan(0.9);
    }
  });

  it('differ by chance as far as images differ in light', async () => {
    const { chance } = await uniformOf(40, 1, (value) => value);
    // 64 values that vary together by 100 / sqrt(12), and the waves: the square of 30 / 2, 15 / 2 and so on.
    const [light, waves] = [64 * (100 ** 2 / 12), 64 * 450 * (1 + 1 / 4 + 1 / 9 + 1 / 16 + 1 / 25 + 1 / 36)];
    const all = (light + waves) * (1 / 40 + 1 / 360);
    expect(chance.all * 255 ** 2).toBeGreaterThan(all / 1.5);
    expect(chance.all * 255 ** 2).toBeLessThan(all * 1.5);
    expect(chance.uniform / chance.all).toBeGreaterThan(0.5);
    expect(chance.uniform / chance.all).toBeLessThan(0.8);
  });
});
