import { refuseTooFew } from '../../shared/abl/enough.ts';
import { isolationCount } from '../../shared/abl/isolation.ts';
import {
  isolateStage,
  stagesAfterIsolation,
  stageSteps,
  trainStage,
  type StagePlan,
} from '../../shared/abl/stages.ts';
import { DEFAULT_COMPILE_OPTIONS } from '../../shared/contract/engine.ts';
import type { SplitName } from '../../shared/contract/dataset.ts';
import type { MethodName } from '../../shared/contract/results.ts';
import type { Job } from '../../shared/contract/trainer.ts';
import { networkByName } from '../../shared/networks/zoo.ts';
import { stream } from '../../shared/random.ts';
import { openDataset } from '../datasets/store.ts';
import type { StoredImages } from '../datasets/stored-images.ts';
import { createEngine } from '../engine/index.ts';
import { clearCheckpoints, fingerprintOf, readCheckpoint, type JobState } from './checkpoint.ts';
import { examplesOf, type JobContext, type JobHost } from './context.ts';
import { divideMemory, imageBudget, readingNote } from './image-memory.ts';
import { MethodRun, StopRequested } from './method-run.ts';
import { carefulStages } from './careful-run.ts';
import { readTrusted } from './trusted.ts';
import { ProgressMeter } from './progress.ts';

const ORDER: readonly MethodName[] = ['naive', 'abl', 'oracle'];

/**
 * Trains the methods of a job one after another, each from the same initial weights, and reports as it goes.
 * Ends with the message `done`, or, when the host asked for it, with `stopped` and a checkpoint.
 * @throws ExpectedError for what can go wrong in a working program
 */
export async function runJob(job: Job, host: JobHost): Promise<void> {
  const opened: StoredImages[] = [];
  let state: JobState;
  try {
    const context = await prepare(job, host, opened);
    state = context.state;
    const methods = methodsOf(context);
    while (state.method !== null) {
      await new MethodRun(context, state.method).run(nextMethod(methods, state.method));
    }
  } catch (error) {
    if (!(error instanceof StopRequested)) throw error;
    host.send({ type: 'stopped', checkpoint: error.checkpoint });
    return;
  } finally {
    await Promise.all(opened.map((images) => images.close()));
  }
  const { naive, abl, oracle } = state.seconds;
  host.send({
    type: 'done',
    seconds: { naive, abl, oracle, total: (naive ?? 0) + (abl ?? 0) + (oracle ?? 0) },
    imagesPerSecond: state.trainingSeconds > 0 ? state.images / state.trainingSeconds : 0,
    peakMemoryBytes: process.resourceUsage().maxRSS * 1024,
  });
}

/** The stages of a method, as far as they are known before anything is isolated: right in length, not in content. */
function expectedStages(context: JobContext, method: MethodName): StagePlan[] {
  const { job, examples } = context;
  if (method !== 'abl') return [trainStage(job.settings, examplesOf(context, method))];
  if (job.settings.isolation === 'careful') return carefulStages(job.settings, examples);
  const count = isolationCount(examples.length, job.settings.isolationRate);
  const [isolated, kept] = [examples.subarray(0, count), examples.subarray(count)];
  return [isolateStage(job.settings, examples), ...stagesAfterIsolation(job.settings, kept, isolated)];
}

/** @param opened takes the images that are to be closed in the end */
async function prepare(job: Job, host: JobHost, opened: StoredImages[]): Promise<JobContext> {
  const { settings, seed } = job;
  const dataset = await openDataset(job.datasetDir);
  const { manifest } = dataset;
  const { height, width, channels, classes } = manifest;
  const network = networkByName(settings.network, { height, width, channels, classes: classes.length });
  const fingerprint = fingerprintOf(job, manifest.hash);
  const warnings: string[] = [];
  if (!job.resume) await clearCheckpoints(job.outputDir);
  const checkpoint = job.resume
    ? await readCheckpoint(job.outputDir, fingerprint, (w) => warnings.push(w))
    : null;

  const engine = await createEngine(job.engine);
  host.send({ type: 'ready', engine: engine.info, pid: process.pid });
  const { kind, device, version } = engine.info;
  const state = checkpoint?.state ?? freshState(fingerprint, { kind, device, version });
  if (
    `${state.engine.kind} ${state.engine.device} ${state.engine.version}` !== `${kind} ${device} ${version}`
  ) {
    warnings.push(
      `The run was begun with the engine ${state.engine.kind} ${state.engine.version} on ${state.engine.device} and goes ` +
        `on with ${kind} ${version} on ${device}: its numbers differ slightly from those of a run in one piece.`,
    );
    state.engine = { kind, device, version };
  }

  const memory = divideMemory(manifest, imageBudget());
  const note = readingNote(memory);
  if (note) warnings.push(note);
  const read = async (split: SplitName) => {
    const images = await dataset.images(split, memory.held[split]);
    opened.push(images);
    return images;
  };
  const train = await read('train');
  const context: JobContext = {
    job,
    host,
    engine,
    network,
    options: {
      ...DEFAULT_COMPILE_OPTIONS,
      mean: new Array<number>(channels).fill(0),
      std: new Array<number>(channels).fill(1),
      momentum: settings.momentum,
      nesterov: settings.nesterov,
      runningMomentum: settings.runningMomentum,
    },
    manifest,
    train,
    test: manifest.counts.test > 0 ? await read('test') : null,
    triggered: manifest.counts.triggered > 0 ? await read('triggered') : null,
    truth: await dataset.truth(),
    trusted: job.trustedDir ? await readTrusted(job.trustedDir, manifest) : null,
    examples: chooseExamples(train.count, settings.trainLimit, seed),
    state,
    resumeFrom: checkpoint?.tensors ?? null,
    meter: new ProgressMeter(0, 0, () => performance.now()),
  };
  const methods = methodsOf(context);
  for (const method of methods) {
    refuseTooFew(manifest.name, method, examplesOf(context, method).length, settings);
  }
  if (!checkpoint) state.method = methods[0] ?? null;
  if (job.methods.includes('oracle') && !methods.includes('oracle')) {
    warnings.push(
      'The oracle model is left out: this data set has no list that says which images are poisoned.',
    );
  }
  for (const message of warnings) host.send({ type: 'warning', message });
  if (checkpoint) sendAgain(state, host);
  const totalSteps = methods
    .flatMap((method) => expectedStages(context, method))
    .reduce((sum, plan) => sum + stageSteps(plan), 0);
  context.meter = new ProgressMeter(totalSteps, state.steps, () => performance.now());
  return context;
}

function methodsOf({ job, truth }: JobContext): MethodName[] {
  return ORDER.filter((method) => job.methods.includes(method) && (method !== 'oracle' || truth !== null));
}

function nextMethod(methods: MethodName[], method: MethodName): MethodName | null {
  return methods[methods.indexOf(method) + 1] ?? null;
}

/** A limited training set is a random choice: data sets come sorted by class. */
function chooseExamples(count: number, limit: number, seed: number): Int32Array {
  const all = Int32Array.from({ length: count }, (_, i) => i);
  if (limit === 0 || limit >= count) return all;
  return stream(seed, 'train-limit').permutation(count).slice(0, limit).sort();
}

function freshState(fingerprint: string, engine: JobState['engine']): JobState {
  return {
    fingerprint,
    engine,
    method: null,
    phase: 0,
    position: null,
    unreported: null,
    results: { epochs: [], stages: [], isolation: null, examination: null, evaluations: [], weights: [] },
    steps: 0,
    images: 0,
    trainingSeconds: 0,
    seconds: { naive: null, abl: null, oracle: null },
  };
}

function sendAgain({ results }: JobState, host: JobHost): void {
  for (const stage of results.stages) host.send({ type: 'stage', ...stage });
  for (const metrics of results.epochs) host.send({ type: 'epoch', metrics });
  if (results.isolation) host.send({ type: 'isolation', ...results.isolation });
  if (results.examination) host.send({ type: 'examination', examination: results.examination });
  for (const evaluation of results.evaluations) host.send({ type: 'evaluation', ...evaluation });
  for (const weights of results.weights) host.send({ type: 'weights', ...weights });
}
