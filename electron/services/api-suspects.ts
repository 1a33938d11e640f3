import { join, resolve } from 'node:path';
import type {
  Answer,
  Api,
  LossHistogram,
  MapOfSaliency,
  Picture,
  SuspectPage,
  SuspectRanking,
} from '../../shared/contract/api.ts';
import { ExpectedError } from '../../shared/contract/errors.ts';
import type { ExampleMark, Mark } from '../../shared/contract/marks.ts';
import type { Experiment } from '../history/experiments.ts';
import type { ApiContext } from './api-context.ts';
import { readImages, type DatasetCalls } from './api-datasets.ts';
import { experimentFolder } from './experiments.ts';
import { exportSuspects } from './exports.ts';
import type { ModelFile } from './helper/protocol.ts';
import { readLosses } from './recorder.ts';

const BARS = 48;
/** Losses below this are one bar: float32 training gives nothing finer that matters. In nats. */
const SMALLEST_LOSS = 1e-5;

/** What an experiment says about single examples: suspects, losses, answers. */
export class SuspectCalls {
  readonly #context: ApiContext;
  readonly #datasets: DatasetCalls;

  constructor(context: ApiContext, datasets: DatasetCalls) {
    this.#context = context;
    this.#datasets = datasets;
  }

  async page(id: string, { offset, limit }: { offset: number; limit: number }): Promise<SuspectPage> {
    const experiment = this.#context.experiment(id);
    this.#isolation(experiment);
    const { stored } = await this.#datasets.look(experiment.datasetId);
    const { labels, ids } = await this.#datasets.split(experiment.datasetId, 'train');
    const truth = await this.#datasets.truth(experiment.datasetId);
    const all = this.#context.ws.history.isolations.examples(id);
    const shown = all.slice(offset, offset + limit);
    const { height, width, channels } = stored.manifest;
    return {
      total: all.length,
      suspects: shown.map(({ rank, example, loss }) => ({
        rank,
        index: example,
        id: ids[example]!,
        label: labels[example]!,
        loss,
        poisoned: truth ? truth.poisoned[example] === 1 : null,
      })),
      height,
      width,
      channels,
      images: await readImages(
        stored,
        'train',
        shown.map(({ example }) => example),
      ),
    };
  }

  async histogram(id: string): Promise<LossHistogram> {
    const experiment = this.#context.experiment(id);
    const record = this.#isolation(experiment);
    const losses = readLosses(join(experimentFolder(this.#context.ws, id), record.lossFile));
    const truth = await this.#datasets.truth(experiment.datasetId).catch(() => null);
    const isolated = new Set(this.#context.ws.history.isolations.examples(id).map(({ example }) => example));
    return lossHistogram(losses, truth?.poisoned ?? null, isolated, record.figures.threshold);
  }

  async answers(id: string, example: Parameters<Api['experiments.answers']>[1]): Promise<Answer[]> {
    const experiment = this.#context.experiment(id);
    const models = this.#models(experiment);
    const { stored } = await this.#datasets.look(experiment.datasetId);
    const count = stored.manifest.counts[example.split];
    if (example.index >= count) {
      throw new ExpectedError('not-found', `There are only ${count} images in this set.`);
    }
    const { images } = await stored.readRange(example.split, example.index, 1);
    const engine = this.#context.settings.get().engine;
    return this.#context.helper.request('answers', { models, pixels: images, engine });
  }

  answersForFile(id: string, path: string): Promise<Answer[]> {
    const models = this.#models(this.#context.experiment(id));
    const engine = this.#context.settings.get().engine;
    return this.#context.helper.request('answersForFile', { models, path: resolve(path), engine });
  }

  picture(id: string, bytes: Uint8Array): Promise<Picture> {
    const [model] = this.#models(this.#context.experiment(id));
    const engine = this.#context.settings.get().engine;
    return this.#context.helper.request('picture', { model: model!, bytes, engine });
  }

  try(id: string, pixels: Uint8Array): Promise<Answer[]> {
    return this.#context.helper.request('answers', this.#question(id, pixels));
  }

  saliency(id: string, pixels: Uint8Array): Promise<MapOfSaliency[]> {
    return this.#context.helper.request('saliency', this.#question(id, pixels));
  }

  /** @throws ExpectedError 'bad-input' for pixels of another size than the data set's */
  #question(id: string, pixels: Uint8Array) {
    const experiment = this.#context.experiment(id);
    const { height, width, channels } = this.#context.ws.history.datasets.get(experiment.datasetId)!.manifest;
    if (pixels.length !== height * width * channels) {
      throw new ExpectedError('bad-input', 'The image has not the size that the models were trained with.');
    }
    return { models: this.#models(experiment), pixels, engine: this.#context.settings.get().engine };
  }

  async ranking(id: string): Promise<SuspectRanking> {
    const experiment = this.#context.experiment(id);
    this.#isolation(experiment);
    const { stored } = await this.#datasets.look(experiment.datasetId);
    const truth = await this.#datasets.truth(experiment.datasetId);
    const suspects = this.#context.ws.history.isolations.examples(id);
    return {
      losses: suspects.map(({ loss }) => loss),
      poisoned: truth && suspects.map(({ example }) => truth.poisoned[example] === 1),
      poisonedTotal: truth && truth.poisoned.reduce((sum, flag) => sum + flag, 0),
      trainTotal: stored.manifest.counts.train,
    };
  }

  marks(id: string): ExampleMark[] {
    this.#context.experiment(id);
    return this.#context.ws.history.marks.of(id);
  }

  mark(id: string, examples: number[], mark: Mark | null): null {
    const { datasetId } = this.#context.experiment(id);
    const { train } = this.#context.ws.history.datasets.get(datasetId)!.manifest.counts;
    const beyond = examples.find((example) => example >= train);
    if (beyond !== undefined)
      throw new ExpectedError(
        'not-found',
        `There are only ${train} training examples, and no number ${beyond}.`,
      );
    this.#context.ws.history.marks.set(id, examples, mark);
    return null;
  }

  async csv(id: string, to: string, first: number | null): Promise<{ rows: number }> {
    this.#context.experiment(id);
    const { count } = await exportSuspects(this.#context.ws, id, { to, format: 'csv', first });
    return { rows: count };
  }

  #isolation(experiment: Experiment) {
    const record = this.#context.ws.history.isolations.get(experiment.id);
    if (record) return record;
    const why = experiment.methods.includes('abl') ? 'yet' : 'because it did not run ABL';
    throw new ExpectedError('not-found', `"${experiment.name}" has isolated nothing ${why}.`);
  }

  #models(experiment: Experiment): ModelFile[] {
    const { outcomes } = this.#context.ws.history;
    const folder = experimentFolder(this.#context.ws, experiment.id);
    const models = (['naive', 'abl', 'oracle'] as const).flatMap((method) => {
      const file = outcomes.weights(experiment.id, method);
      return file ? [{ method, file: join(folder, file) }] : [];
    });
    if (models.length > 0) return models;
    throw new ExpectedError('not-found', `"${experiment.name}" has no finished model yet.`);
  }
}

/** Counts losses in bars of equal width on a logarithmic axis; examples without a loss (NaN) are left out. */
export function lossHistogram(
  losses: Float32Array,
  poisoned: Uint8Array | null,
  isolated: ReadonlySet<number>,
  threshold: number,
): LossHistogram {
  let low = Infinity;
  let high = 0;
  for (const loss of losses) {
    if (Number.isNaN(loss)) continue;
    const value = Math.max(loss, SMALLEST_LOSS);
    low = Math.min(low, value);
    high = Math.max(high, value);
  }
  // All alike, or nothing at all: a decade around it.
  if (!(high > low)) [low, high] = [(low === Infinity ? 1 : low) / 3, (high || 1) * 3];
  const step = Math.log(high / low) / BARS;
  const edges = Array.from({ length: BARS + 1 }, (_, i) => (i === BARS ? high : low * Math.exp(i * step)));
  const none = () => new Array<number>(BARS).fill(0);
  const bars = { all: none(), poisoned: poisoned ? none() : null, isolated: none() };
  losses.forEach((loss, i) => {
    if (Number.isNaN(loss)) return;
    const bar = Math.min(
      BARS - 1,
      Math.max(0, Math.floor(Math.log(Math.max(loss, SMALLEST_LOSS) / low) / step)),
    );
    bars.all[bar]! += 1;
    if (poisoned?.[i] === 1) bars.poisoned![bar]! += 1;
    if (isolated.has(i)) bars.isolated[bar]! += 1;
  });
  return { edges, ...bars, threshold };
}
