import { describe, expect, it } from 'vitest';
import { inMemory } from '../../images.ts';
import { stream } from '../../random.ts';
import { Light, meanImage, sumOf } from './light.ts';

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
    // Half of the energy is chance, none of it of light: of the other half all is one change.
    expect(uniform([0.2, 0, 0.2, 0], 1, { all: 0.04, uniform: 0 })).toBeCloseTo(1, 6);
    // All of what is one change may be chance.
    expect(uniform([0.2, 0, 0.2, 0], 1, { all: 0.04, uniform: 0.04 })).toBeCloseTo(0, 6);
    expect(uniform([0.2, -0.1, 0.2, -0.1], 1, { all: 0.05, uniform: 0 })).toBeCloseTo(0.2, 6);
    // Where hardly more is, no other pattern is known.
    expect(uniform([0.1, -0.1, 0.1, -0.1], 1, { all: 0.035, uniform: 0 })).toBeNull();
    expect(uniform([0, 0, 0, 0])).toBeNull();
  });

  it('differ by chance as far as images differ in light: so a pattern on few of them is known', async () => {
    const [count, size] = [2000, 64];
    const random = stream(3, 'light');
    const images = new Uint8Array(count * size);
    for (let i = 0; i < count; i++) {
      const light = 120 * random.uniform();
      for (let p = 0; p < size; p++)
        images[i * size + p] = 40 + p / 2 + light + (i % 50 === 0 ? 40 * (p % 2) : 0);
    }
    const data = inMemory({ images, labels: new Int32Array(count), count, height: 8, width: 8, channels: 1 });
    const indices = Int32Array.from({ length: count }, (_, i) => i);
    const pause = async () => {};
    const uniformOf = async (own: Int32Array, others: Int32Array) => {
      const usual = await meanImage(data, others, pause);
      const light = new Light(usual, 1);
      const pattern = (await meanImage(data, own, pause)).map((value, p) => value - usual[p]!);
      const chance = sumOf(await light.chanceIn(data, own, pause), await light.chanceIn(data, others, pause));
      return { share: light.uniformity(pattern, chance), chance };
    };
    const striped = indices.filter((i) => i % 50 === 0);
    const { share, chance } = await uniformOf(
      striped,
      indices.filter((i) => i % 50 !== 0),
    );
    // Stripes are half mean: the square of 20 is half of the mean of the squares of 0 and 40.
    expect(share).toBeGreaterThan(0.35);
    expect(share).toBeLessThan(0.65);
    // 64 values that vary together by 120 / sqrt(12): all chance is of light.
    expect(chance.all * 255 ** 2).toBeGreaterThan((64 * 1200) / 40 / 1.6);
    expect(chance.all * 255 ** 2).toBeLessThan(((64 * 1200) / 40) * 1.6);
    expect(chance.uniform / chance.all).toBeGreaterThan(0.95);
  });
});
