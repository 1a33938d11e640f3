import { readFile, rename, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type {
  Api,
  AttackRequestArgs,
  DatasetDetail,
  ImagePage,
  ImportRequest,
  Task,
} from '../../shared/contract/api.ts';
import type { SplitName, Truth } from '../../shared/contract/dataset.ts';
import { ExpectedError } from '../../shared/contract/errors.ts';
import { attackByName } from '../../shared/attacks/registry.ts';
import { discardUnfinished, unfinishedImports, unfinishedRequest } from '../datasets/import-draft.ts';
import type { StoredDataset } from '../datasets/store.ts';
import { asStorageError, OTHER_FILE } from '../history/storage-errors.ts';
import type { ApiContext } from './api-context.ts';
import type { TaskHooks, TaskRegistry } from './api-tasks.ts';
import { openStored, removeDataset } from './datasets.ts';
import { purgeExperiment } from './experiments.ts';
import type { AttackPair, WorkName, WorkRequest } from './helper/protocol.ts';

type ImageQuery = Parameters<Api['datasets.images']>[1];

/** Data sets whose labels, names and truth are kept in memory: a person looks at one or two at a time. */
const KEPT = 3;
/** Previews of attacks that train a network; each is a few small images. */
const KEPT_PREVIEWS = 30;
/** What the sample consists of: enough to learn from, quick to train on. */
const SAMPLE = { seed: 1, trainPerClass: 300, testPerClass: 60, size: 32 };
const MAX_DUPLICATE_GROUPS = 100;
/** Seconds that a task may take to clean up after it was cancelled, before its process is ended. */
const CANCEL_SECONDS = 10;

interface Looked {
  stored: StoredDataset;
  truth: Promise<Truth | null>;
  splits: Map<SplitName, Promise<{ labels: Int32Array; ids: string[] }>>;
}

/** Data sets: list, look at, import, simulate attacks, rename, remove. */
export class DatasetCalls {
  readonly #context: ApiContext;
  readonly #tasks: TaskRegistry;
  readonly #looked = new Map<string, Promise<Looked>>();
  readonly #previews = new Map<string, AttackPair>();

  constructor(context: ApiContext, tasks: TaskRegistry) {
    this.#context = context;
    this.#tasks = tasks;
  }

  list() {
    const records = this.#context.ws.history.datasets.list();
    return Promise.all(records.map((record) => this.#context.datasetSummary(record)));
  }

  async show(id: string): Promise<DatasetDetail> {
    const record = this.#context.dataset(id);
    const { stored } = await this.look(id);
    const { labels } = await this.split(id, 'train');
    const classCounts = record.manifest.classes.map(() => 0);
    for (const label of labels) classCounts[label]! += 1;
    const quality = await stored.quality();
    return {
      ...(await this.#context.datasetSummary(record)),
      manifest: record.manifest,
      classCounts,
      duplicates: (quality?.groups ?? []).slice(0, MAX_DUPLICATE_GROUPS),
      duplicateCount: quality
        ? quality.duplicates.train + quality.duplicates.test + quality.duplicates.triggered
        : 0,
    };
  }

  preview(request: ImportRequest) {
    const into = this.#context.ws.folder.datasets;
    return this.#context.helper.request('preview', { ...request, into });
  }

  import(request: ImportRequest): Task {
    const into = this.#context.ws.folder.datasets;
    const title = `Import ${request.name ?? basename(request.source)}`;
    return this.#tasks.start('import', title, (hooks) =>
      this.make('import', { ...request, into, resume: true }, hooks),
    );
  }

  unfinished() {
    return unfinishedImports(this.#context.ws.folder.datasets);
  }

  /** @throws ExpectedError 'not-found' when it is gone, or worked on */
  async resumeImport(id: string): Promise<Task> {
    const request = await unfinishedRequest(this.#context.ws.folder.datasets, id);
    if (!request) throw new ExpectedError('not-found', 'That import is not there any more.');
    return this.import(request);
  }

  async discardImport(id: string): Promise<null> {
    await discardUnfinished(this.#context.ws.folder.datasets, id);
    return null;
  }

  sample(): Task {
    const into = this.#context.ws.folder.datasets;
    return this.#tasks.start('sample', 'Draw the sample data set', (hooks) =>
      this.make('sample', { ...SAMPLE, into }, hooks),
    );
  }

  attack({ datasetId, ...options }: AttackRequestArgs): Task {
    const { manifest } = this.#context.dataset(datasetId);
    const { title } = attackByName(options.attack);
    const into = this.#context.ws.folder.datasets;
    const { engine } = this.#context.settings.get();
    const request = { folder: join(into, manifest.id), options: { ...options, into, engine } };
    return this.#tasks.start('attack', `Simulate ${title} on ${manifest.name}`, (hooks) =>
      this.make('attack', request, hooks),
    );
  }

  /** Null for an attack that trains a network, until `prepareAttackPreview` has made its preview. */
  async attackPreview(request: AttackRequestArgs): Promise<AttackPair | null> {
    if (attackByName(request.attack).needsNetwork) return this.#previews.get(previewKey(request)) ?? null;
    return this.#context.helper.request('attackPreview', this.#previewWork(request));
  }

  /** Trains the network (once for the same images, kept on disk) and makes a few images with it. */
  prepareAttackPreview(request: AttackRequestArgs): Task {
    const { title } = attackByName(request.attack);
    const work = this.#previewWork(request);
    return this.#tasks.start('preview', `Preview of ${title}`, async (hooks) => {
      const helper = this.#context.newHelper(0);
      try {
        this.#previews.set(previewKey(request), await helper.request('attackPreview', work, hooks));
        for (const oldest of [...this.#previews.keys()].slice(0, -KEPT_PREVIEWS))
          this.#previews.delete(oldest);
      } finally {
        helper.close();
      }
      return null;
    });
  }

  #previewWork(request: AttackRequestArgs): WorkRequest<'attackPreview'> {
    const { manifest } = this.#context.dataset(request.datasetId);
    const { datasets, path } = this.#context.ws.folder;
    const { engine } = this.#context.settings.get();
    return { folder: join(datasets, manifest.id), request, surrogates: join(path, 'surrogates'), engine };
  }

  async rename(id: string, name: string): Promise<null> {
    const { manifest } = this.#context.dataset(id);
    const plain = name.trim();
    if (plain === '') throw new ExpectedError('usage', 'A data set needs a name.');
    const file = join(this.#context.ws.folder.datasets, manifest.id, 'dataset.json');
    try {
      const stored = JSON.parse(await readFile(file, 'utf8')) as object;
      const draft = `${file}.new`;
      await writeFile(draft, JSON.stringify({ ...stored, name: plain }, null, 1), { flush: true });
      await rename(draft, file);
    } catch (error) {
      throw asStorageError(error, `the data set's description ${file}`, OTHER_FILE);
    }
    this.#context.catalogue.renameDataset(id, plain);
    this.#looked.delete(id);
    this.#context.tell('changed', { what: 'datasets' });
    return null;
  }

  async remove(id: string, withExperiments: boolean): Promise<null> {
    const { manifest } = this.#context.dataset(id);
    const users = this.#context.ws.history.experiments.list().filter((one) => one.datasetId === id);
    if (users.length > 0 && !withExperiments) {
      throw new ExpectedError(
        'busy',
        `The data set "${manifest.name}" is used by ${users.length} experiment${users.length === 1 ? '' : 's'}.`,
        'Remove the experiments too, or keep the data set.',
      );
    }
    const running = users.find((one) => one.state === 'running');
    if (running)
      throw new ExpectedError(
        'busy',
        `The experiment "${running.name}" is being trained on it.`,
        'Stop it first.',
      );
    for (const user of users) await purgeExperiment(this.#context.ws, user.id);
    await removeDataset(this.#context.ws, id, { force: false });
    this.#looked.delete(id);
    if (users.length > 0) this.#context.tell('changed', { what: 'experiments' });
    this.#context.tell('changed', { what: 'datasets' });
    return null;
  }

  async images(id: string, { split, offset, limit, label, poisoned }: ImageQuery): Promise<ImagePage> {
    const { stored } = await this.look(id);
    const { labels, ids } = await this.split(id, split);
    const truth = split === 'train' ? await this.truth(id) : null;
    const flags = truth?.poisoned ?? null;
    const filtered = label !== undefined || (poisoned !== undefined && flags !== null);
    let total = labels.length;
    let indices: number[];
    if (filtered) {
      const fits = (_: number, i: number) =>
        (label === undefined || labels[i] === label) &&
        (poisoned === undefined || flags === null || (flags[i] === 1) === poisoned);
      const all = Array.from(labels.keys()).filter(fits);
      total = all.length;
      indices = all.slice(offset, offset + limit);
    } else {
      indices = range(offset, Math.min(offset + limit, total));
    }
    const { height, width, channels } = stored.manifest;
    return {
      height,
      width,
      channels,
      images: await readImages(stored, split, indices),
      indices,
      labels: indices.map((i) => labels[i]!),
      ids: indices.map((i) => ids[i]!),
      poisoned: flags && indices.map((i) => flags[i] === 1),
      total,
    };
  }

  /** The opened data set. @throws ExpectedError 'not-found', 'bad-input' when its files are damaged */
  look(id: string): Promise<Looked> {
    this.#context.dataset(id);
    const known = this.#looked.get(id);
    if (known) return known;
    const looking = openStored(this.#context.ws, id).then((stored) => ({
      stored,
      truth: stored.truth(),
      splits: new Map(),
    }));
    this.#looked.set(id, looking);
    looking.catch(() => this.#looked.delete(id));
    for (const oldest of [...this.#looked.keys()].slice(0, -KEPT)) this.#looked.delete(oldest);
    return looking;
  }

  async truth(id: string): Promise<Truth | null> {
    return (await this.look(id)).truth;
  }

  /** Labels and names of a split. */
  async split(id: string, split: SplitName): Promise<{ labels: Int32Array; ids: string[] }> {
    const { stored, splits } = await this.look(id);
    let reading = splits.get(split);
    if (!reading) {
      reading = Promise.all([stored.labels(split), stored.ids(split)]).then(([labels, ids]) => ({
        labels,
        ids,
      }));
      splits.set(split, reading);
      reading.catch(() => splits.delete(split));
    }
    return reading;
  }

  /** Forgets what it knows of all data sets: another folder took their place. */
  forget(): void {
    this.#looked.clear();
  }

  /** Makes a data set in a helper process of its own, which is ended with all it holds. */
  async make<N extends Extract<WorkName, 'import' | 'sample' | 'attack'>>(
    work: N,
    request: WorkRequest<N>,
    hooks: TaskHooks,
  ): Promise<string> {
    const helper = this.#context.newHelper(0);
    let deadline: NodeJS.Timeout | undefined;
    let ended = false;
    const giveUp = () => {
      deadline = setTimeout(() => {
        ended = true;
        helper.close();
      }, CANCEL_SECONDS * 1000);
    };
    hooks.signal.addEventListener('abort', giveUp);
    try {
      const manifest = await helper.request(work, request, hooks);
      this.#context.ws.history.datasets.add(manifest);
      this.#context.tell('changed', { what: 'datasets' });
      return manifest.id;
    } catch (error) {
      // It was too busy to hear that it was cancelled, which is no failure.
      if (ended) throw new ExpectedError('cancelled', 'It was cancelled.');
      throw error;
    } finally {
      hooks.signal.removeEventListener('abort', giveUp);
      clearTimeout(deadline);
      helper.close();
    }
  }
}

/** Whatever a preview depends on; what the copy is to be called is none of it. */
function previewKey({ datasetId, attack, rate, target, seed, parameters }: AttackRequestArgs): string {
  return JSON.stringify([datasetId, attack, rate, target, seed, Object.entries(parameters).sort()]);
}

/** Pixels of single examples; neighbours are read together. */
export async function readImages(
  stored: StoredDataset,
  split: SplitName,
  indices: readonly number[],
): Promise<Uint8Array> {
  const { height, width, channels } = stored.manifest;
  const size = height * width * channels;
  const images = new Uint8Array(indices.length * size);
  for (let from = 0; from < indices.length;) {
    let to = from + 1;
    while (to < indices.length && indices[to] === indices[to - 1]! + 1) to++;
    const part = await stored.readRange(split, indices[from]!, to - from);
    images.set(part.images, from * size);
    from = to;
  }
  return images;
}

function range(from: number, to: number): number[] {
  return Array.from({ length: Math.max(0, to - from) }, (_, i) => from + i);
}
