import { join, resolve } from 'node:path';
import type { EnginePreference } from '../engine/index.ts';
import { createEngine } from '../engine/index.ts';
import { ExpectedError } from '../../shared/contract/errors.ts';
import type { MethodName } from '../../shared/contract/results.ts';
import { softmax } from '../../shared/metrics/answers.ts';
import { exportedModel, type ExportedModel } from '../exports/models/model.ts';
import { readExportedModel } from '../exports/models/read.ts';
import { readWeights } from '../trainer/weights.ts';
import { experimentFolder } from './experiments.ts';
import { findExperiment } from './lookup.ts';
import { imageFromFile } from './model-image.ts';
import type { Workspace } from './workspace.ts';

/** What a model answers for one image. */
export interface Prediction {
  path: string;
  /** The classes from the likeliest on, at most five; probabilities 0..1. */
  answers: { class: number; name: string; probability: number }[];
}

const TOP = 5;
const BATCH = 64;

/** Asks a model that Theriac exported as ONNX or SavedModel. @throws ExpectedError as readExportedModel does */
export async function predictWithFile(
  path: string,
  files: readonly string[],
  preference: EnginePreference = 'auto',
): Promise<Prediction[]> {
  return answersOf(await readExportedModel(resolve(path)), files, preference);
}

/**
 * Asks a trained model what it sees in image files, prepared as at import. The model has its batch-norm statistics
 * re-estimated where that was done: the state that the honest figures describe.
 * @throws ExpectedError 'bad-input' naming the file, 'not-found' when the model was not trained
 */
export async function predict(
  ws: Workspace,
  reference: string,
  method: MethodName,
  files: readonly string[],
  preference: EnginePreference = 'auto',
): Promise<Prediction[]> {
  const experiment = findExperiment(ws, reference);
  const file = ws.history.outcomes.weights(experiment.id, method);
  if (!file) {
    throw new ExpectedError(
      'not-found',
      `The experiment "${experiment.name}" (${experiment.id}) has no finished ${method} model (it is ${experiment.state}).`,
    );
  }
  const weights = await readWeights(join(experimentFolder(ws, experiment.id), file));
  return answersOf(exportedModel(weights), files, preference);
}

async function answersOf(
  { network, tensors, meta }: ExportedModel,
  files: readonly string[],
  preference: EnginePreference,
): Promise<Prediction[]> {
  const pixels = await Promise.all(files.map((path) => imageFromFile(path, network)));
  const engine = await createEngine(preference);
  const model = await engine.compile(network, meta.seed, meta.options);
  try {
    await model.write(tensors);
    const predictions: Prediction[] = [];
    for (let from = 0; from < files.length; from += BATCH) {
      const batch = pixels.slice(from, from + BATCH);
      const { logits } = await model.evaluate(
        new Uint8Array(Buffer.concat(batch)),
        new Int32Array(batch.length),
      );
      batch.forEach((_, i) => {
        const row = logits.subarray(i * network.classes, (i + 1) * network.classes);
        predictions.push({ path: files[from + i]!, answers: likeliest(row, meta.classes) });
      });
    }
    return predictions;
  } finally {
    model.dispose();
  }
}

function likeliest(logits: Float32Array, classes: readonly string[]): Prediction['answers'] {
  return softmax(logits)
    .map((probability, index) => ({ class: index, name: classes[index]!, probability }))
    .sort((a, b) => b.probability - a.probability)
    .slice(0, TOP);
}
