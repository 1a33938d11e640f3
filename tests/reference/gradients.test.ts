import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { EagerEngine } from '../../electron/engine/eager/eager-engine.ts';
import { nativeRuntime } from '../../electron/engine/index.ts';
import { NativeEngine } from '../../electron/engine/native/native-engine.ts';
import type { Engine } from '../../shared/contract/engine.ts';
import { featureLayer } from '../../shared/networks/shapes.ts';
import { networkByName } from '../../shared/networks/zoo.ts';
import { expectDigest, referenceWeights, uniform, type Digest } from './conformance.ts';

interface GradientCase {
  network: string;
  height: number;
  width: number;
  channels: number;
  classes: number;
  batch: number;
  losses: number[];
  features: Digest;
  alone: Digest;
  both: Digest;
}

const { cases } = JSON.parse(readFileSync(new URL('./gradients.json', import.meta.url), 'utf8')) as {
  cases: GradientCase[];
};
const runtime = await nativeRuntime();
if ('missing' in runtime) console.warn(`native gradients skipped: ${runtime.missing}`);

async function expectGradients(engine: Engine, one: GradientCase): Promise<void> {
  const network = networkByName(one.network, one);
  const { batch, height, width, channels, classes } = one;
  const model = await engine.compile(network, 1);
  try {
    await model.write(referenceWeights(network));
    const size = batch * featureLayer(network).size;
    const objective = {
      pixels: Float32Array.from(uniform('pixels', batch * height * width * channels), (u) => u * 255),
      labels: Int32Array.from(uniform('labels', batch), (u) => Math.floor(u * classes)),
      crossEntropy: Float32Array.from(uniform('factors', batch), (u) => u - 0.5),
    };
    const features = {
      targets: Float32Array.from(uniform('targets', size)),
      weights: Float32Array.from(uniform('weights', size)),
    };
    const alone = await model.pixelGradient({ ...objective, features: null });
    expectDigest(alone.gradient, one.alone, 2e-3, `${one.network} cross-entropy`);
    const both = await model.pixelGradient({ ...objective, features });
    expectDigest(both.gradient, one.both, 2e-3, `${one.network} features`);
    expectDigest(both.features, one.features, 1e-4, `${one.network} features`);
    one.losses.forEach((loss, i) => expect(both.losses[i]).toBeCloseTo(loss, 3));
    const answers = await model.evaluate(new Uint8Array(height * width * channels), Int32Array.of(0));
    const black = await model.pixelGradient({
      pixels: new Float32Array(height * width * channels),
      labels: Int32Array.of(0),
      crossEntropy: Float32Array.of(1),
      features: null,
    });
    expect(black.losses[0]).toBeCloseTo(answers.losses[0]!, 4);
    expect(black.predicted).toEqual(answers.predicted);
    await expect(
      model.pixelGradient({ ...objective, features: { ...features, targets: new Float32Array(1) } }),
    ).rejects.toThrow(/feature targets/);
  } finally {
    model.dispose();
  }
}

describe('gradients of pixels agree with PyTorch', () => {
  it.skipIf('missing' in runtime).each(cases)('native: $network', async (one) => {
    await expectGradients(new NativeEngine((runtime as { addon: string }).addon), one);
  });

  it.each(cases)('WebAssembly: $network', async (one) => {
    await expectGradients(await EagerEngine.create('wasm', 'test'), one);
  });
});
