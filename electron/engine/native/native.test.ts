import { describe, expect, it } from 'vitest';
import { expectConforms, referenceCases } from '../../../tests/reference/conformance.ts';
import { smallCnn } from '../../../shared/networks/zoo.ts';
import { nativeRuntime } from '../index.ts';
import { NativeEngine } from './native-engine.ts';

const runtime = await nativeRuntime();
if ('missing' in runtime) console.warn(`native engine tests skipped: ${runtime.missing}`);

describe.skipIf('missing' in runtime)('native engine', () => {
  const engine = 'missing' in runtime ? null! : new NativeEngine(runtime.addon);

  it.each(referenceCases)('agrees with PyTorch: $network $width x $height x $channels', async (reference) => {
    await expectConforms(engine, reference);
  });

  it('keeps no tensor after a call, even one that fails', async () => {
    const model = await engine.compile(smallCnn({ height: 8, width: 8, channels: 1, classes: 2 }), 1);
    const before = engine.binding.getNumOfTensors();
    const images = new Uint8Array(64 * 4);
    const good = { images, labels: Int32Array.of(0, 1, 0, 1), weights: new Float32Array(4).fill(0.25) };
    const rest = { learningRate: 0.1, weightDecay: 0, gamma: null, gammaBatch: null, ceiling: null };
    await model.step({ ...good, ...rest });
    await expect(model.step({ ...good, ...rest, labels: Int32Array.of(0, 1, 2, 0) })).rejects.toThrow(
      /label 2/,
    );
    await expect(model.evaluate(images.subarray(1), good.labels)).rejects.toThrow(/no whole number/);
    expect(engine.binding.getNumOfTensors()).toBe(before);
    model.dispose();
  });

  it('uses no more memory after hundreds of steps', async () => {
    const model = await engine.compile(smallCnn({ height: 16, width: 16, channels: 3, classes: 2 }), 1);
    const images = new Uint8Array(16 * 16 * 3 * 32).map((_, i) => i % 251);
    const labels = Int32Array.from({ length: 32 }, (_, i) => i % 2);
    const weights = new Float32Array(32).fill(1 / 32);
    const rest = { learningRate: 0.01, weightDecay: 0, gamma: null, gammaBatch: null, ceiling: null };
    const steps = async (count: number) => {
      for (let i = 0; i < count; i++) await model.step({ images, labels, weights, ...rest });
      return process.memoryUsage().rss;
    };
    const settled = await steps(300);
    const later = await steps(800);
    model.dispose();
    // The pixels of a step are 25 kB: kept, they would add 20 MB.
    expect(later - settled).toBeLessThan(8e6);
  });
});
