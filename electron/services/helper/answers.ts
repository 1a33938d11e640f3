import type { Picture } from '../../../shared/contract/api.ts';
import { ExpectedError } from '../../../shared/contract/errors.ts';
import type { Network } from '../../../shared/networks/types.ts';
import { softmax } from '../../../shared/metrics/answers.ts';
import { createEngine, type EnginePreference } from '../../engine/index.ts';
import { FrozenModel } from '../../engine/native/frozen-model.ts';
import { NativeEngine } from '../../engine/native/native-engine.ts';
import { exportedModel } from '../../exports/models/model.ts';
import { savedModel } from '../../exports/models/saved-model.ts';
import { readWeights } from '../../trainer/weights.ts';
import { imageFromBytes, imageFromFile } from '../model-image.ts';
import type { ModelAnswer, ModelFile } from './protocol.ts';

/** A person looks at one experiment at a time: its naive, ABL and oracle models, and those of one more. */
const KEPT_MODELS = 6;

/** A model that is only asked. */
export interface Answering {
  /** @param images of the network's size, any number. @returns images x classes */
  logits(images: Uint8Array): Promise<Float32Array>;
  dispose(): void;
}

interface Loaded {
  model: Answering;
  network: Network;
}

const loaded = new Map<string, Promise<Loaded>>();

/** What each model answers for one image of its own size. @throws ExpectedError 'bad-input' for another size */
export async function answersForPixels(
  models: readonly ModelFile[],
  pixels: Uint8Array,
  engine: EnginePreference,
): Promise<ModelAnswer[]> {
  const answers: ModelAnswer[] = [];
  for (const { method, file } of models) {
    const { model, network } = await loadModel(file, engine);
    if (pixels.length !== network.height * network.width * network.channels) {
      throw new ExpectedError('bad-input', 'The image has not the size that the model was trained with.');
    }
    const probabilities = softmax(await model.logits(pixels));
    answers.push({ method, predicted: probabilities.indexOf(Math.max(...probabilities)), probabilities });
  }
  return answers;
}

/** The same for an image file, prepared as at import. @throws ExpectedError 'bad-input' naming the file */
export async function answersForFile(
  models: readonly ModelFile[],
  path: string,
  engine: EnginePreference,
): Promise<ModelAnswer[]> {
  const first = models[0];
  if (!first) return [];
  const { network } = await loadModel(first.file, engine);
  return answersForPixels(models, await imageFromFile(path, network), engine);
}

/**
 * One image of the models' size and channels from the bytes of an image file, prepared as at import.
 * @throws ExpectedError 'bad-input' for what is no image
 */
export async function preparePicture(
  { file }: ModelFile,
  bytes: Uint8Array,
  engine: EnginePreference,
): Promise<Picture> {
  const { network } = await loadModel(file, engine);
  const { height, width, channels } = network;
  return { height, width, channels, images: await imageFromBytes(bytes, network) };
}

/** A model as it answers, kept for the next question. */
export async function loadModel(file: string, preference: EnginePreference): Promise<Loaded> {
  const known = loaded.get(file);
  if (known) {
    // The most recently used stand last.
    loaded.delete(file);
    loaded.set(file, known);
    return known;
  }
  const loading = compile(file, preference);
  loaded.set(file, loading);
  loading.catch(() => loaded.delete(file));
  await forgetOldest();
  return loading;
}

async function compile(file: string, preference: EnginePreference): Promise<Loaded> {
  const exported = exportedModel(await readWeights(file));
  const { network, tensors, meta } = exported;
  const engine = await createEngine(preference);
  if (engine instanceof NativeEngine)
    return { network, model: new FrozenModel(engine.binding, network, savedModel(exported)) };
  const model = await engine.compile(network, meta.seed, meta.options);
  await model.write(tensors);
  const size = network.height * network.width * network.channels;
  return {
    network,
    model: {
      logits: async (images) => (await model.evaluate(images, new Int32Array(images.length / size))).logits,
      dispose: () => model.dispose(),
    },
  };
}

async function forgetOldest(): Promise<void> {
  while (loaded.size > KEPT_MODELS) {
    const [file, oldest] = loaded.entries().next().value!;
    loaded.delete(file);
    (await oldest).model.dispose();
  }
}
