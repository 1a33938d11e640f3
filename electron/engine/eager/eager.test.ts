import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { expectConforms, referenceCases } from '../../../tests/reference/conformance.ts';
import { smallCnn } from '../../../shared/networks/zoo.ts';
import { EagerEngine } from './eager-engine.ts';

const tiny = smallCnn({ height: 8, width: 8, channels: 1, classes: 2 });
const batch = {
  images: Uint8Array.from({ length: 64 * 4 }, (_, i) => (i * 37) % 256),
  labels: Int32Array.of(0, 1, 0, 1),
  weights: new Float32Array(4).fill(0.25),
  learningRate: 0.1,
  weightDecay: 1e-4,
  gamma: 0.5,
  gammaBatch: 0.5,
  ceiling: 3,
};

describe('eager engine', () => {
  it.each(referenceCases)(
    'on WebAssembly agrees with PyTorch: $network $width x $height x $channels',
    async (reference) => {
      await expectConforms(await EagerEngine.create('wasm', 'test'), reference);
    },
    60_000,
  );

  it('computes the same in plain JavaScript', async () => {
    const outcomes = [];
    for (const backend of ['wasm', 'cpu'] as const) {
      const model = await (await EagerEngine.create(backend, 'test')).compile(tiny, 1);
      await model.step(batch);
      const { losses } = await model.step(batch);
      outcomes.push([...losses, ...(await model.read()).get('conv1/kernel')!]);
      model.dispose();
    }
    const [wasm, plain] = outcomes as [number[], number[]];
    wasm.forEach((value, i) => expect(plain[i]).toBeCloseTo(value, 4));
  });

  it.each(['wasm', 'cpu'] as const)('keeps the number of tensors constant on %s', async (backend) => {
    const engine = await EagerEngine.create(backend, 'test');
    const before = tf.memory().numTensors;
    const model = await engine.compile(tiny, 1);
    const compiled = tf.memory().numTensors;
    for (let i = 0; i < 3; i++) {
      await model.step(batch);
      await model.evaluate(batch.images, batch.labels);
      await model.observe(batch.images, 0.5);
      await model.write(await model.read(true));
      await model.resetMomentum();
      expect(tf.memory().numTensors).toBe(compiled);
    }
    model.dispose();
    expect(tf.memory().numTensors).toBe(before);
  });
});
