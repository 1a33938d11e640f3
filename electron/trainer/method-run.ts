import * as path from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { withTriggersPasted, type Unlearnable } from '../../shared/abl/careful/unlearning.ts';
import { answersOn, lossesOf, reestimate } from '../../shared/abl/inspection.ts';
import { isolate, isolationFigures } from '../../shared/abl/isolation.ts';
import { withMarks } from '../../shared/abl/marks.ts';
import {
  fineTuneStage,
  isolateStage,
  jointStage,
  stageSteps,
  trainStage,
  unlearnStage,
  type StagePlan,
} from '../../shared/abl/stages.ts';
import { runStage, startOfStage, type StagePosition } from '../../shared/abl/training.ts';
import type { Images } from '../../shared/contract/dataset.ts';
import type { Model } from '../../shared/contract/engine.ts';
import type { MethodName, ModelEvaluation, Moment, StageName } from '../../shared/contract/results.ts';
import { evaluateAnswers } from '../../shared/metrics/answers.ts';
import { examine } from './careful-run.ts';
import { writeCheckpoint, type Results } from './checkpoint.ts';
import { examplesOf, type JobContext } from './context.ts';
import { decode, encode, stillValid } from './remembered.ts';
import { float32Bytes, writeAtomically } from './tensor-file.ts';
import { readWeights, weightsMeta, writeWeights } from './weights.ts';

/** Thrown at a safe place when the host asked for a stop. */
export class StopRequested extends Error {
  readonly checkpoint: string;

  constructor(checkpoint: string) {
    super('stop requested');
    this.checkpoint = checkpoint;
  }
}

/** Longest training that a crash can cost. */
const CHECKPOINT_EVERY_MS = 30_000;
const LOSS_FILE = 'losses.f32';

/** Part of a method; what it does is lost and done again if it is interrupted, but for training stages. */
type Phase = () => Promise<void>;

/**
 * Trains one method through its phases. A checkpoint stands at the start of each phase, so that a phase may be
 * repeated; training stages have more within.
 */
export class MethodRun {
  readonly #context: JobContext;
  readonly #method: MethodName;
  #model!: Model;
  #checkpoint = '';
  #lastCheckpoint = 0;
  #clock = 0;

  constructor(context: JobContext, method: MethodName) {
    this.#context = context;
    this.#method = method;
  }

  /** Goes through the phases from where the job's state stands, then hands the job on to the next method. */
  async run(next: MethodName | null): Promise<void> {
    const { state, engine, network, job, options } = this.#context;
    this.#clock = performance.now();
    this.#model = await engine.compile(network, job.seed, options);
    try {
      const { resumeFrom } = this.#context;
      this.#context.resumeFrom = null;
      if (resumeFrom && resumeFrom.size > 0) await this.#model.write(resumeFrom);
      for (const phases = this.#phases(); state.phase < phases.length;) {
        await phases[state.phase]!();
        state.phase++;
        state.position = null;
        if (state.phase < phases.length) await this.#save();
      }
      state.method = next;
      state.phase = 0;
      state.unlearnable = null;
      await this.#save(false);
    } finally {
      this.#model.dispose();
    }
    if (next !== null) await this.#pause();
  }

  #phases(): Phase[] {
    const { settings } = this.#context.job;
    if (this.#method !== 'abl') {
      const examples = examplesOf(this.#context, this.#method);
      return [() => this.#train(trainStage(settings, examples)), () => this.#finish(examples)];
    }
    if (settings.isolation === 'careful') {
      return [() => this.#examine(), () => this.#trainOnKept(), () => this.#finish(this.#kept())];
    }
    return [
      () => this.#train(isolateStage(settings, this.#context.examples)),
      () => this.#isolate(),
      () => this.#train(fineTuneStage(settings, this.#kept())),
      () => this.#evaluateBeforeUnlearning(),
      () => this.#unlearn(),
      () => this.#finish(this.#kept()),
    ];
  }

  async #train(plan: StagePlan, data: Images = this.#context.train): Promise<void> {
    const { state } = this.#context;
    if (stageSteps(plan) === 0) return;
    const position = (state.position ??= startOfStage());
    this.#reportStage(plan.stage, 'started', position.seconds);
    await this.#reportEpoch();
    const before = { seconds: position.seconds };
    this.#context.meter.skipPause();
    // Plain training draws the same numbers for all methods, so on the same images it gives the same model.
    const drawsAs: MethodName | undefined = plan.stage === 'train' ? 'naive' : undefined;
    const run = { ...this.#runOf(this.#model), data, drawsAs };
    for await (const event of runStage(run, plan, position)) {
      if (event.kind === 'step') {
        this.#countStep(plan, position, event.images, before);
        if (performance.now() - this.#lastCheckpoint > CHECKPOINT_EVERY_MS) await this.#save();
      } else {
        state.unreported = event.metrics;
        await this.#reportEpoch();
        await this.#save();
        this.#context.meter.skipPause();
      }
      await this.#pause();
    }
    // Steps that an early stop left out count as done, or progress would end short of the whole.
    state.steps += stageSteps(plan) - position.steps;
    this.#reportStage(plan.stage, 'done', position.seconds);
  }

  /**
   * The careful method up to its decision. A checkpoint stands behind each of its parts (a look of stage 1, a class's
   * search, the check): an interrupted examination goes on behind the last.
   */
  async #examine(): Promise<void> {
    const { state, job, host } = this.#context;
    const remembered = (state.remembered = stillValid(state.remembered));
    await this.#save();
    const { figures, isolated, losses, examination, unlearnable } = await examine(this.#context, {
      pause: () => this.#pause(),
      remember: async <T>(part: string, work: () => Promise<T>) => {
        if (part in remembered.parts) return decode(remembered.parts[part]) as T;
        const found = await work();
        remembered.parts[part] = encode(found);
        await this.#save();
        return found;
      },
      train: (model, plan, stage) => this.#trainAside(model, plan, stage),
    });
    await writeAtomically(path.join(job.outputDir, LOSS_FILE), [float32Bytes(losses)]);
    state.results.isolation = { figures, lossFile: LOSS_FILE, isolated: [...isolated] };
    state.results.examination = examination;
    state.remembered = null;
    state.unlearnable = encode(unlearnable);
    host.send({ type: 'isolation', ...state.results.isolation });
    host.send({ type: 'examination', examination });
  }

  /**
   * Trains one of the examination's models, reported as a stage of this method. A stage that goes on for another
   * look counts its epochs on.
   */
  async #trainAside(model: Model, plan: StagePlan, stage: StageName): Promise<void> {
    const { state, host, meter } = this.#context;
    const position = startOfStage();
    const before = { seconds: 0 };
    const earlier = state.results.epochs.filter((e) => e.method === this.#method && e.stage === stage);
    const seconds =
      state.results.stages.find((s) => s.method === this.#method && s.stage === stage)?.seconds ?? 0;
    const shown = { ...plan, stage, epochs: earlier.length + plan.epochs };
    this.#reportStage(stage, 'started', seconds);
    meter.skipPause();
    for await (const event of runStage(this.#runOf(model), plan, position)) {
      if (event.kind === 'step') {
        this.#countStep(shown, position, event.images, before, earlier.length);
      } else {
        const epoch = earlier.length + event.metrics.epoch;
        const metrics = { ...event.metrics, stage, epoch, epochs: shown.epochs };
        state.results.epochs.push(metrics);
        host.send({ type: 'epoch', metrics });
      }
      await this.#pause();
    }
    this.#reportStage(stage, 'done', seconds + position.seconds);
  }

  /**
   * Trains anew on what the examination kept, and on copies with the triggers that it found. Where it kept everything and the
   * naive model is there already, the ABL model is the naive model: the same training would only be repeated.
   */
  async #trainOnKept(): Promise<void> {
    const { state, job, train } = this.#context;
    const isAll = this.#isolated().length === 0;
    const triggers = isAll ? [] : (decode(state.unlearnable ?? []) as Unlearnable[]);
    const { data, examples } = withTriggersPasted(train, this.#kept(), triggers, job.seed);
    const plan = trainStage(job.settings, examples);
    const naive = state.results.weights.find((w) => w.method === 'naive');
    if (!isAll || !naive) return this.#train(plan, data);
    const { tensors } = await readWeights(path.join(job.outputDir, naive.file));
    await this.#model.write(tensors);
    state.steps += stageSteps(plan);
  }

  #runOf(model: Model) {
    const { job, train: data } = this.#context;
    const { settings, seed } = job;
    return { model, data, settings, seed, method: this.#method, now: () => performance.now() };
  }

  /** @param earlier epochs of the stage before this plan's first */
  #countStep(
    plan: StagePlan,
    position: StagePosition,
    images: number,
    before: { seconds: number },
    earlier = 0,
  ): void {
    const { state } = this.#context;
    state.steps++;
    state.images += images;
    state.trainingSeconds += position.seconds - before.seconds;
    before.seconds = position.seconds;
    this.#reportProgress(plan, position, images, earlier);
  }

  /** Ranks the training examples by their loss and sets the lowest apart. */
  async #isolate(): Promise<void> {
    const { state, job, host, train, truth, manifest, examples } = this.#context;
    const { isolationRate: rate } = job.settings;
    const losses = await lossesOf(this.#model, train, examples, () => this.#pause());
    const found = isolate(losses, examples, rate).isolated;
    const isolated = job.marks ? withMarks(found, job.marks, losses, examples) : found;
    const share = job.marks ? isolated.length / examples.length : rate;
    const about = { isolated, rate: share, classes: manifest.classes.length };
    const figures = isolationFigures(about, losses, examples, train.labels, truth?.poisoned ?? null);
    await writeAtomically(path.join(job.outputDir, LOSS_FILE), [float32Bytes(losses)]);
    const evaluation = await this.#evaluate();
    state.results.isolation = { figures, lossFile: LOSS_FILE, isolated: [...isolated] };
    host.send({ type: 'isolation', ...state.results.isolation });
    this.#reportEvaluation('after-isolate', evaluation);
    if (isolated.length < 2 && job.settings.unlearning === 'separate') {
      const message = `${isolated.length === 1 ? 'Only one image' : 'No image'} was isolated, and unlearning needs two: it is left out. Choose a higher isolation rate.`;
      host.send({ type: 'warning', message });
    }
  }

  async #evaluateBeforeUnlearning(): Promise<void> {
    const { job, state } = this.#context;
    if (stageSteps(this.#unlearningStage()) === 0) return;
    const unchanged = stageSteps(fineTuneStage(job.settings, this.#kept())) === 0;
    const known = state.results.evaluations.find((e) => e.method === 'abl' && e.moment === 'after-isolate');
    const evaluation = unchanged && known ? known.evaluation : await this.#evaluate();
    this.#reportEvaluation('before-unlearn', evaluation);
  }

  #unlearn(): Promise<void> {
    return this.#train(this.#unlearningStage());
  }

  #unlearningStage(): StagePlan {
    const { settings } = this.#context.job;
    const isolated = this.#isolated();
    if (settings.unlearning === 'joint') return jointStage(settings, this.#kept(), isolated);
    const steps = settings.unlearning === 'none' ? 0 : settings.unlearnSteps;
    return unlearnStage({ ...settings, unlearnSteps: steps }, isolated);
  }

  /** Evaluates the model as trained and with re-estimated statistics, and stores it with both. */
  async #finish(kept: Int32Array): Promise<void> {
    const { job, state, host, train, network, manifest, options } = this.#context;
    const pause = () => this.#pause();
    const tensors = await this.#model.read();
    const asTrained = await this.#evaluate();
    let reestimated = null;
    let afterwards = null;
    if (job.settings.reestimateImages > 0) {
      await reestimate(this.#model, train, kept, job.settings.reestimateImages, job.seed, pause);
      reestimated = new Map(
        [...(await this.#model.read())].filter(([name]) => /\/(mean|variance)$/.test(name)),
      );
      afterwards = await this.#evaluate();
    }
    const file = `${this.#method}.safetensors`;
    const meta = weightsMeta(this.#method, network, manifest.classes, options, job.seed);
    await writeWeights(path.join(job.outputDir, file), network, { tensors, reestimated, meta });
    this.#reportEvaluation('final', asTrained);
    if (afterwards) this.#reportEvaluation('reestimated', afterwards);
    replace(state.results.weights, { method: this.#method, file }, (w) => w.method === this.#method);
    host.send({ type: 'weights', method: this.#method, file });
  }

  async #evaluate(): Promise<ModelEvaluation> {
    const { test, triggered, manifest } = this.#context;
    const pause = () => this.#pause();
    return evaluateAnswers(
      test && (await answersOn(this.#model, test, pause)),
      triggered && (await answersOn(this.#model, triggered, pause)),
      manifest.classes.length,
      manifest.target,
      manifest.attack?.goal,
    );
  }

  #isolated(): Int32Array {
    return Int32Array.from(this.#context.state.results.isolation!.isolated);
  }

  #kept(): Int32Array {
    const isolated = new Set(this.#context.state.results.isolation!.isolated);
    return this.#context.examples.filter((index) => !isolated.has(index));
  }

  #reportProgress(plan: StagePlan, position: StagePosition, images: number, earlier: number): void {
    const { meter, state, host } = this.#context;
    const figures = meter.step(images, state.steps);
    if (!figures) return;
    host.send({
      type: 'progress',
      method: this.#method,
      stage: plan.stage,
      epoch: earlier + position.epoch,
      epochs: plan.epochs,
      loss: position.loss / position.seen,
      accuracy: position.correct / position.seen,
      ...figures,
    });
  }

  /** Evaluates, stores and sends the epoch that was trained last, if that is still to be done. */
  async #reportEpoch(): Promise<void> {
    const { state, job, host } = this.#context;
    const metrics = state.unreported;
    if (!metrics) return;
    const { evaluateEvery } = job.settings;
    if (evaluateEvery > 0 && metrics.epoch % evaluateEvery === 0) {
      const { ca, asr } = await this.#evaluate();
      Object.assign(metrics, { ca, asr });
    }
    state.results.epochs.push(metrics);
    state.unreported = null;
    host.send({ type: 'epoch', metrics });
  }

  #reportStage(stage: StageName, state: 'started' | 'done', seconds: number): void {
    const entry: Results['stages'][number] = { method: this.#method, stage, state, seconds };
    const same = (s: typeof entry) => s.method === entry.method && s.stage === stage;
    replace(this.#context.state.results.stages, entry, same);
    this.#context.host.send({ type: 'stage', ...entry });
  }

  #reportEvaluation(moment: Moment, evaluation: ModelEvaluation): void {
    const entry = { method: this.#method, moment, evaluation };
    const same = (e: typeof entry | Results['evaluations'][number]) =>
      e.method === entry.method && e.moment === moment;
    replace(this.#context.state.results.evaluations, entry, same);
    this.#context.host.send({ type: 'evaluation', ...entry });
  }

  /**
   * Lets messages arrive, and ends the method if the host asked for it. A training stage stores its position;
   * in any other phase the checkpoint at its start stands.
   */
  async #pause(): Promise<void> {
    await setImmediate();
    if (!this.#context.host.stopRequested()) return;
    if (this.#context.state.position) await this.#save();
    throw new StopRequested(this.#checkpoint);
  }

  /** @param withTensors false when the next method starts from its initial weights */
  async #save(withTensors = true): Promise<void> {
    const { state, job, host } = this.#context;
    const now = performance.now();
    state.seconds[this.#method] = (state.seconds[this.#method] ?? 0) + (now - this.#clock) / 1000;
    this.#clock = now;
    const tensors = withTensors ? await this.#model.read(true) : new Map<string, Float32Array>();
    this.#checkpoint = await writeCheckpoint(job.outputDir, { state, tensors });
    this.#lastCheckpoint = performance.now();
    host.send({ type: 'checkpoint', file: this.#checkpoint });
  }
}

function replace<T>(list: T[], entry: T, same: (other: T) => boolean): void {
  const at = list.findIndex(same);
  if (at < 0) list.push(entry);
  else list[at] = entry;
}
