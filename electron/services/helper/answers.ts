import type { Picture } from '../../../shared/contract/api.ts';
import { ExpectedError } from '../../../shared/contract/errors.ts';
import type { Model } from '../../../shared/contract/engine.ts';
import type { Network } from '../../../shared/networks/types.ts';
import { softmax } from '../../../shared/metrics/answers.ts';
import { networkByName } from '../../../shared/networks/zoo.ts';
import { createEngine, type EnginePreference } from '../../engine/index.ts';
import { readWeights } from '../../trainer/weights.ts';
import { imageFromBytes, imageFromFile } from '../model-image.ts';
import type { ModelAnswer, ModelFile } from './protocol.ts';

/** A person looks at one experiment at a time: its naive, ABL and oracle models, and those of one more. */
const KEPT_MODELS = 6;

interface Loaded {
  model: Model;
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
    const { logits } = await model.evaluate(pixels, new Int32Array(1));
    const probabilities = softmax(logits);
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
  const { tensors, reestimated, meta } = await readWeights(file);
  const network = networkByName(meta.network.name, meta.network);
  const model = await (await createEngine(preference)).compile(network, meta.seed, meta.options);
  // Re-estimated batch-norm statistics are the state that the honest figures describe.
  await model.write(new Map([...tensors, ...(reestimated ?? [])]));
  return { model, network };
}

async function forgetOldest(): Promise<void> {
  while (loaded.size > KEPT_MODELS) {
    const [file, oldest] = loaded.entries().next().value!;
    loaded.delete(file);
    (await oldest).model.dispose();
  }
}
