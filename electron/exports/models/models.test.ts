import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs';
import { InferenceSession, Tensor } from 'onnxruntime-web';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { DEFAULT_COMPILE_OPTIONS, type Engine } from '../../../shared/contract/engine.ts';
import { networkByName } from '../../../shared/networks/zoo.ts';
import { stream } from '../../../shared/random.ts';
import { referenceCases, referenceWeights } from '../../../tests/reference/conformance.ts';
import { createEngine, nativeRuntime } from '../../engine/index.ts';
import { loadBinding } from '../../engine/native/binding.ts';
import { UINT8 } from '../../engine/native/graph.ts';
import { readTensorFile } from '../../trainer/tensor-file.ts';
import type { ExportedModel } from './model.ts';
import { onnxModel } from './onnx.ts';
import { readExportedModel, SAVED_MODEL_FILE, SAVED_MODEL_META } from './read.ts';
import { writeSafetensors } from './safetensors.ts';
import { savedModel } from './saved-model.ts';
import { TFJS_WEIGHTS, tfjsModel } from './tfjs.ts';

/** As asked of the exports: logits, absolutely. */
const WITHIN = 1e-4;
const IMAGES = 100;

const runtime = await nativeRuntime();
let engine: Engine;
let folder: string;
beforeAll(async () => {
  engine = await createEngine('auto');
  folder = mkdtempSync(join(tmpdir(), 'theriac-models-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Every network of the zoo, by the cases that PyTorch vouches for, with weights that are nowhere 0 or 1. */
const zoo = referenceCases.map((reference) => {
  const network = networkByName(reference.network, reference);
  const { name, height, width, channels, classes } = network;
  const mean = [0.4, 0.5, 0.6].slice(0, channels);
  const std = [0.2, 0.3, 0.25].slice(0, channels);
  const model: ExportedModel = {
    network,
    tensors: referenceWeights(network),
    meta: {
      kind: 'weights',
      method: 'abl',
      network: { name, height, width, channels, classes },
      classes: Array.from({ length: classes }, (_, i) => `class ${i}`),
      options: { ...DEFAULT_COMPILE_OPTIONS, mean, std },
      seed: 1,
    },
  };
  return { name: `${name} ${width}x${height}x${channels}`, model };
});

function pixelsFor({ network }: ExportedModel): Uint8Array {
  const random = stream(1, 'export', network.name);
  const length = IMAGES * network.height * network.width * network.channels;
  return Uint8Array.from({ length }, () => random.integer(256));
}

async function expected(model: ExportedModel, pixels: Uint8Array): Promise<Float32Array> {
  const compiled = await engine.compile(model.network, 1, model.meta.options);
  try {
    await compiled.write(model.tensors);
    return (await compiled.evaluate(pixels, new Int32Array(IMAGES))).logits;
  } finally {
    compiled.dispose();
  }
}

/** The largest difference. Logits that are all alike would prove nothing. */
function apart(a: Float32Array, b: Float32Array): number {
  expect(a.length).toBe(b.length);
  expect(Math.max(...a) - Math.min(...a)).toBeGreaterThan(0.01);
  return a.reduce((most, value, i) => Math.max(most, Math.abs(value - b[i]!)), 0);
}

const dims = ({ network: n }: ExportedModel) => [IMAGES, n.height, n.width, n.channels];

describe.each(zoo)('$name', ({ name, model }) => {
  const pixels = pixelsFor(model);
  let logits: Float32Array;
  beforeAll(async () => {
    logits = await expected(model, pixels);
  });

  test('as ONNX answers alike in ONNX Runtime', async () => {
    const session = await InferenceSession.create(onnxModel(model, '0.0.0'));
    const results = await session.run({ images: new Tensor('uint8', pixels, dims(model)) });
    expect(apart(logits, results['logits']!.data as Float32Array)).toBeLessThan(WITHIN);
    const chances = results['probabilities']!.data as Float32Array;
    const row = chances.subarray(0, model.network.classes).reduce((a, b) => a + b, 0);
    expect(row).toBeCloseTo(1, 5);
    await session.release();
  });

  test.skipIf('missing' in runtime)('as SavedModel answers alike in TensorFlow', () => {
    const path = join(folder, name.replaceAll(' ', '-'));
    mkdirSync(path);
    writeFileSync(join(path, SAVED_MODEL_FILE), savedModel(model));
    const binding = loadBinding('missing' in runtime ? '' : runtime.addon);
    const session = binding.loadSavedModel(path, 'serve');
    const images = binding.createTensor(dims(model), UINT8, pixels);
    const [answer] = binding.runSavedModel(session, [images], 'images:0', 'logits:0');
    const found = Float32Array.from(binding.tensorDataSync(answer!.id));
    binding.deleteTensor(images);
    binding.deleteTensor(answer!.id);
    binding.deleteSavedModel(session);
    expect(apart(logits, found)).toBeLessThan(WITHIN);
  });

  test('as TensorFlow.js layers model answers alike', async () => {
    const { topology, weights } = tfjsModel(model);
    const { modelTopology, weightsManifest } = topology as {
      modelTopology: object;
      weightsManifest: { paths: string[]; weights: tf.io.WeightsManifestEntry[] }[];
    };
    expect(weightsManifest[0]!.paths).toEqual([TFJS_WEIGHTS]);
    const weightData = Uint8Array.from(weights).buffer;
    const loaded = await tf.loadLayersModel(
      tf.io.fromMemory({ modelTopology, weightSpecs: weightsManifest[0]!.weights, weightData }),
    );
    // Plain JavaScript is slow: some of the images stand for all.
    const some = 4;
    const [, ...shape] = dims(model);
    const size = pixels.length / IMAGES;
    const answers = tf.tidy(() =>
      loaded.predict(tf.tensor(pixels.subarray(0, some * size), [some, ...shape], 'float32')),
    ) as tf.Tensor;
    const found = (await answers.data()) as Float32Array;
    expect(apart(logits.subarray(0, some * model.network.classes), found)).toBeLessThan(WITHIN);
    answers.dispose();
    loaded.dispose();
  });

  test('comes back bit for bit from ONNX and SavedModel', async () => {
    const path = join(folder, `back-${name.replaceAll(' ', '-')}`);
    mkdirSync(join(path, 'saved', 'assets.extra'), { recursive: true });
    writeFileSync(join(path, 'model.onnx'), onnxModel(model, '0.0.0'));
    writeFileSync(join(path, 'saved', SAVED_MODEL_FILE), savedModel(model));
    writeFileSync(join(path, 'saved', SAVED_MODEL_META), JSON.stringify(model.meta));
    for (const place of [path, join(path, 'model.onnx'), join(path, 'saved')]) {
      const back = await readExportedModel(place);
      expect(back.meta).toEqual(model.meta);
      for (const [tensor, values] of model.tensors) expect(back.tensors.get(tensor), tensor).toEqual(values);
    }
  });
});

test('safetensors have PyTorch’s names and layout', async () => {
  const { model } = zoo[0]!;
  const file = join(folder, 'model.safetensors');
  await writeSafetensors(model, file);
  const { tensors, value } = await readTensorFile(file);
  expect(value).toEqual(model.meta);
  const header = JSON.parse(
    readFileSync(file).toString('utf8', 8, 8 + Number(readFileSync(file).readBigUInt64LE())),
  ) as Record<string, { shape: number[] }>;
  const conv = model.network.layers.find((layer) => layer.kind === 'conv')!;
  const own = model.tensors.get(`${conv.name}/kernel`)!;
  const { channels } = model.network;
  expect(header[`${conv.name}.weight`]!.shape).toEqual([conv.filters, channels, conv.kernel, conv.kernel]);
  // Filter 1, channel 0, row 0, column 1.
  const at = conv.kernel * conv.kernel * channels + 1;
  expect(tensors.get(`${conv.name}.weight`)![at]).toBe(own[channels * conv.filters + 1]);
  const dense = model.network.layers.at(-1)!.name;
  const { classes } = model.network;
  expect(header[`${dense}.weight`]!.shape[0]).toBe(classes);
  expect(tensors.get(`${dense}.weight`)![1]).toBe(model.tensors.get(`${dense}/kernel`)![classes]);
});

test('models that are not ours, or damaged, are refused', async () => {
  const { model } = zoo[0]!;
  const refused = async (content: Uint8Array, message: RegExp) => {
    const file = join(folder, 'bad.onnx');
    writeFileSync(file, content);
    await expect(readExportedModel(file)).rejects.toMatchObject({
      code: 'bad-input',
      message: expect.stringMatching(message),
    });
  };
  const good = onnxModel(model, '0.0.0');
  await refused(Buffer.from('no model at all'), /cannot be used/);
  await refused(good.subarray(0, good.length >> 1), /cannot be used/);
  await refused(new Uint8Array(), /not exported by Theriac/);
  const meta = (change: object) => onnxModel({ ...model, meta: { ...model.meta, ...change } }, '0.0.0');
  await refused(meta({ classes: ['one'] }), /cannot be/);
  await refused(meta({ network: { ...model.meta.network, height: 2 ** 20 } }), /cannot be/);
  await refused(meta({ network: { ...model.meta.network, name: 'wrn-16-4' } }), /missing in it|another size/);
  await expect(readExportedModel(join(folder, 'nowhere'))).rejects.toMatchObject({ code: 'not-found' });
});
