import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { expectConforms, referenceCases } from '../../../tests/reference/conformance.ts';
import { smallCnn } from '../../../shared/networks/zoo.ts';
import { EagerEngine } from './eager-engine.ts';

describe.each(['wasm', 'cpu'] as const)('eager engine on %s', (backend) => {
  // Plain JavaScript takes seconds for the larger cases, which WebAssembly covers.
  const cases = referenceCases.filter((c) => backend === 'wasm' || c.channels === 1);
  it.each(cases)(
    'agrees with PyTorch: $network $width x $height x $channels',
    async (reference) => {
      await expectConforms(await EagerEngine.create(backend, 'test'), reference);
    },
    60_000,
  );

  it('keeps the number of tensors constant over steps', async () => {
    const engine = await EagerEngine.create(backend, 'test');
    const before = tf.memory().numTensors;
    const model = await engine.compile(smallCnn({ height: 8, width: 8, channels: 1, classes: 2 }), 1);
    const compiled = tf.memory().numTensors;
    const images = Uint8Array.from({ length: 64 * 4 }, (_, i) => (i * 37) % 256);
    const labels = Int32Array.of(0, 1, 0, 1);
    for (let i = 0; i < 3; i++) {
      await model.step({
        images,
        labels,
        weights: new Float32Array(4).fill(0.25),
        learningRate: 0.1,
        weightDecay: 1e-4,
        gamma: 0.5,
        gammaBatch: 0.5,
        ceiling: 3,
      });
      await model.evaluate(images, labels);
      await model.observe(images, 0.5);
      await model.write(await model.read(true));
      await model.resetMomentum();
      expect(tf.memory().numTensors).toBe(compiled);
    }
    model.dispose();
    expect(tf.memory().numTensors).toBe(before);
  });
});
