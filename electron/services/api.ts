import { randomBytes } from 'node:crypto';
import { statfs } from 'node:fs/promises';
import type { Api, ApiArguments, ApiName, AppInfo, Reply } from '../../shared/contract/api.ts';
import { isCall, type ApiEvent } from '../../shared/contract/channels.ts';
import { ExpectedError } from '../../shared/contract/errors.ts';
import { checkArguments } from '../../shared/contract/schemas.ts';
import { asStorageError } from '../history/storage-errors.ts';
import { BackupCalls } from './api-backup.ts';
import { ApiContext } from './api-context.ts';
import { DatasetCalls } from './api-datasets.ts';
import { EngineCalls } from './api-engine.ts';
import { estimate } from './api-estimate.ts';
import { ExperimentCalls } from './api-experiments.ts';
import { ExportCalls } from './api-exports.ts';
import { HostLog } from './api-log.ts';
import { listAttacks, listPresets } from './api-lists.ts';
import type { PdfPrinter } from './reports.ts';
import { RunQueue } from './api-runs.ts';
import { UserSettingsFile } from './api-settings.ts';
import { SweepQueue } from './api-sweep-queue.ts';
import { SweepCalls } from './api-sweeps.ts';
import { SuspectCalls } from './api-suspects.ts';
import { TaskRegistry } from './api-tasks.ts';
import { APP_VERSION } from './version.ts';
import { openWorkspace } from './workspace.ts';

export interface ApiOptions {
  /** Absolute path; created if need be. */
  dataFolder: string;
  host: AppInfo['host'];
  /** Makes PDF files; null or absent where nothing can. */
  print?: PdfPrinter | null;
}

/** The whole application behind its contract, for any transport. */
export interface HostApi {
  /** Never rejects: what goes wrong is in the answer. */
  call(name: unknown, args: unknown): Promise<Reply<unknown>>;
  /** @returns ends the subscription */
  subscribe(listener: (event: ApiEvent) => void): () => void;
  /** The experiment that is being trained here, or null. */
  readonly training: string | null;
  /** Whether the user wants to be told of ends of runs. */
  readonly notify: boolean;
  /** Stops what runs, with a checkpoint, and lets go of the data folder. */
  close(): Promise<void>;
}

type Handlers = {
  [N in ApiName]: (...args: ApiArguments<N>) => ReturnType<Api[N]> | Promise<ReturnType<Api[N]>>;
};

/** Milliseconds between two looks for changes made by other programs (the command line). */
const LOOK_EVERY = 1000;

/** @throws ExpectedError 'storage' or 'history' when the data folder cannot be opened */
export async function createApi(options: ApiOptions): Promise<HostApi> {
  const workspace = await openWorkspace(options.dataFolder);
  const log = new HostLog(options.dataFolder);
  const settings = new UserSettingsFile(options.dataFolder);
  if (settings.notice) log.write(settings.notice);
  const listeners = new Set<(event: ApiEvent) => void>();
  const tell = (event: ApiEvent) => {
    for (const listener of listeners) listener(event);
  };
  const asError = (error: unknown) => expectedError(error, options.dataFolder, log);
  const context = new ApiContext(workspace, { settings, log, tell });
  const tasks = new TaskRegistry((task) => context.tell('task', task), asError);
  const runs = new RunQueue(context, asError);
  const datasets = new DatasetCalls(context, tasks);
  const sweeps = new SweepQueue(context, runs, datasets, asError);
  const handlers = createHandlers({ context, tasks, runs, datasets, sweeps }, options);
  const watch = watchOthers(context);

  return {
    call: async (name, args) => {
      try {
        if (!isCall(name)) throw new ExpectedError('usage', 'There is no such call.');
        return { ok: true, value: await invoke(handlers, name, args) };
      } catch (error) {
        return { ok: false, error: asError(error).toValue() };
      }
    },
    subscribe: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    get training() {
      return runs.running;
    },
    get notify() {
      return settings.get().notify;
    },
    close: async () => {
      clearInterval(watch);
      // A sweep would begin its next run when the one under way is stopped.
      await Promise.all([sweeps.close(), tasks.close()]);
      await runs.close();
      context.helper.close();
      context.ws.close();
      listeners.clear();
    },
  };
}

function invoke<N extends ApiName>(handlers: Handlers, name: N, args: unknown) {
  return handlers[name](...checkArguments(name, args));
}

interface Parts {
  context: ApiContext;
  tasks: TaskRegistry;
  runs: RunQueue;
  datasets: DatasetCalls;
  sweeps: SweepQueue;
}

function createHandlers(parts: Parts, options: ApiOptions): Handlers {
  const { context, tasks, runs, datasets } = parts;
  const experiments = new ExperimentCalls(context, runs);
  const suspects = new SuspectCalls(context, datasets);
  const exports = new ExportCalls(context, tasks, options.print ?? null);
  const engine = new EngineCalls(context, tasks);
  const sweeps = new SweepCalls(context, parts.sweeps);
  const busy = () => runs.busy || parts.sweeps.busy;
  const backups = new BackupCalls(context, tasks, busy, () => datasets.forget());
  return {
    'app.info': () => appInfo(context, options),
    'app.settings': () => context.settings.get(),
    'app.changeSettings': (change) => context.settings.change(change),
    'engine.status': () => engine.status(),
    'engine.install': (from) => engine.install(from),
    'engine.test': () => engine.test(runs.running !== null),
    'tasks.list': () => tasks.list(),
    'tasks.cancel': (id) => {
      tasks.cancel(id);
      return null;
    },
    'datasets.list': () => datasets.list(),
    'datasets.show': (id) => datasets.show(id),
    'datasets.preview': (request) => datasets.preview(request),
    'datasets.import': (request) => datasets.import(request),
    'datasets.unfinished': () => datasets.unfinished(),
    'datasets.resumeImport': (id) => datasets.resumeImport(id),
    'datasets.discardImport': (id) => datasets.discardImport(id),
    'datasets.sample': () => datasets.sample(),
    'datasets.attack': (request) => datasets.attack(request),
    'datasets.attackPreview': (request) => datasets.attackPreview(request),
    'datasets.prepareAttackPreview': (request) => datasets.prepareAttackPreview(request),
    'datasets.rename': (id, name) => datasets.rename(id, name),
    'datasets.remove': (id, withExperiments) => datasets.remove(id, withExperiments),
    'datasets.images': (id, query) => datasets.images(id, query),
    'attacks.list': () => listAttacks(),
    'presets.list': () => listPresets(),
    'experiments.list': (query) => experiments.list(query),
    'experiments.show': (id) => experiments.show(id),
    'experiments.estimate': async (request) => estimate(context, request, await engine.speed()),
    'experiments.start': (request) => experiments.start(request),
    'experiments.stop': (id) => experiments.stop(id),
    'experiments.resume': (id) => experiments.resume(id),
    'experiments.edit': (id, change) => experiments.edit(id, change),
    'experiments.trash': (id) => experiments.trash(id),
    'experiments.restore': (id) => experiments.restore(id),
    'experiments.baseline': () => context.ws.history.baseline.get(),
    'experiments.pin': (id) => experiments.pin(id),
    'experiments.purge': (id) => experiments.purge(id),
    'experiments.suspects': (id, query) => suspects.page(id, query),
    'experiments.histogram': (id) => suspects.histogram(id),
    'experiments.answers': (id, example) => suspects.answers(id, example),
    'experiments.answersForFile': (id, path) => suspects.answersForFile(id, path),
    'experiments.picture': (id, bytes) => suspects.picture(id, bytes),
    'experiments.try': (id, pixels) => suspects.try(id, pixels),
    'experiments.saliency': (id, pixels) => suspects.saliency(id, pixels),
    'experiments.suspectsCsv': (id, to, first) => suspects.csv(id, to, first),
    'experiments.ranking': (id) => suspects.ranking(id),
    'experiments.marks': (id) => suspects.marks(id),
    'experiments.mark': (id, examples, mark) => suspects.mark(id, examples, mark),
    'experiments.export': (id, request) => exports.export(id, request),
    'sweeps.list': () => sweeps.list(),
    'sweeps.show': (id) => sweeps.show(id),
    'sweeps.open': (file) => sweeps.open(file),
    'sweeps.check': async (plan) => sweeps.check(plan, await engine.speed()),
    'sweeps.start': (plan) => sweeps.start(plan),
    'sweeps.stop': (id) => sweeps.stop(id),
    'sweeps.resume': (id) => sweeps.resume(id),
    'sweeps.save': (id, to) => sweeps.save(id, to),
    'sweeps.remove': (id, withExperiments) => sweeps.remove(id, withExperiments),
    'bundles.preview': (file) => exports.previewBundle(file),
    'bundles.open': (file) => exports.openBundle(file),
    'backup.create': (to) => backups.create(to),
    'backup.restore': (from) => backups.restore(from),
  };
}

async function appInfo(context: ApiContext, { host }: ApiOptions): Promise<AppInfo> {
  const { path } = context.ws.folder;
  const { bavail, bsize } = await statfs(path);
  return {
    version: APP_VERSION,
    host,
    platform: process.platform,
    dataFolder: path,
    freeBytes: bavail * bsize,
    empty: context.ws.history.datasets.list().length === 0,
    notices: context.settings.notice ? [context.settings.notice] : [],
  };
}

/** A bug gets a reference, so that what the user sees can be found in the log. */
function expectedError(error: unknown, dataFolder: string, log: HostLog): ExpectedError {
  const expected = asStorageError(error, `the data folder ${dataFolder}`);
  if (expected instanceof ExpectedError) return expected;
  const reference = randomBytes(4).toString('hex');
  log.write(`${reference} ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
  return new ExpectedError(
    'run-failed',
    `Something went wrong inside the program (reference ${reference}).`,
    `Try again. If it happens again, report it with the lines of ${log.file} that carry this reference.`,
  );
}

/** Tells the screens when another program changed the history. */
function watchOthers(context: ApiContext): NodeJS.Timeout {
  let seen = context.catalogue.version();
  return setInterval(() => {
    let now: number;
    try {
      now = context.catalogue.version();
    } catch {
      // Closed for a moment: a backup is being restored, which tells the screens by itself.
      return;
    }
    if (now === seen) return;
    seen = now;
    context.tell('changed', { what: 'datasets' });
    context.tell('changed', { what: 'experiments' });
  }, LOOK_EVERY).unref();
}
