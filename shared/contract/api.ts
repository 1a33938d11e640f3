import type { Plan } from '../sweep/plan.ts';
import type { SweepTable } from '../sweep/table.ts';
import type { DatasetManifest, SkippedFile, SplitName } from './dataset.ts';
import type { EngineInfo } from './engine.ts';
import type { ErrorValue } from './errors.ts';
import type { ExampleMark, Mark } from './marks.ts';
import type {
  EpochMetrics,
  Examination,
  IsolationFigures,
  MethodFigures,
  MethodName,
  ModelEvaluation,
  Moment,
  StageName,
  Verdict,
} from './results.ts';
import type { Settings } from '../abl/settings.ts';

/*
 * The application's one contract. `electron/services` implements it without Electron; Electron IPC and the
 * loopback WebSocket host are thin adapters over it; the screens see nothing else. Every call answers with a
 * Reply: expected errors are values. Arguments are validated by `schemas.ts` at the host's edge.
 */

export type Reply<T> = { ok: true; value: T } | { ok: false; error: ErrorValue };

export interface AppInfo {
  version: string;
  /** desktop: Electron; browser: the loopback host in a Chromium window. */
  host: 'desktop' | 'browser';
  platform: string;
  dataFolder: string;
  /** Free bytes on the data folder's disk. */
  freeBytes: number;
  /** True until the first data set exists. */
  empty: boolean;
  /** Plain sentences worth showing at the start: a damaged settings file that was put aside, … */
  notices?: string[];
}

/** A long operation that is no experiment: import, simulated attack, engine installation, backup, export, … */
export interface Task {
  id: string;
  kind:
    'import' | 'attack' | 'preview' | 'sample' | 'engine' | 'backup' | 'restore' | 'export' | 'open-bundle';
  title: string;
  state: 'running' | 'done' | 'failed' | 'cancelled';
  /** Units of `total`; total 0 = unknown. */
  done: number;
  total: number;
  note: string;
  /** Set when done: the new data set's id, where there is one. */
  datasetId: string | null;
  /** Set when a bundle was opened: the experiment that it brought. */
  experimentId: string | null;
  error: ErrorValue | null;
}

export interface DatasetSummary {
  id: string;
  name: string;
  created: string;
  classes: string[];
  height: number;
  width: number;
  channels: number;
  counts: { train: number; test: number; triggered: number };
  hasTruth: boolean;
  /** Poison was simulated by this product. */
  simulated: boolean;
  bytes: number;
  experiments: number;
}

export interface DuplicateGroup {
  split: SplitName;
  indices: number[];
}

export interface DatasetDetail extends DatasetSummary {
  manifest: DatasetManifest;
  /** Training examples per class. */
  classCounts: number[];
  /** Exact duplicates; at most the first 100 groups. */
  duplicates: DuplicateGroup[];
  duplicateCount: number;
}

/**
 * What can be mapped in a source: which array or column holds images, labels, …; the order of an array's axes; the
 * column that names the split; whether images are cropped.
 */
export const MAPPING_KEYS = [
  'image',
  'label',
  'testImage',
  'testLabel',
  'names',
  'poisoned',
  'trueLabel',
  'axes',
  'split',
  'crop',
] as const;
export type MappingKey = (typeof MAPPING_KEYS)[number];

/** One question of what is what, with its answer. */
export interface MappingField {
  key: MappingKey;
  /** In words, for a label. */
  title: string;
  choices: { value: string; text: string }[];
  /** Guessed, or as asked for. */
  value: string;
  /** No other answer is likely. */
  sure: boolean;
}

/** What a source looks like before anything is imported. */
export interface ImportPreview {
  source: string;
  /** 'class folders', 'CSV list', … in words. */
  kind: string;
  classes: { name: string; count: number }[];
  counts: { train: number; test: number; triggered: number };
  hasTruth: boolean;
  /** Sizes seen, most frequent first. */
  sizes: { width: number; height: number; count: number }[];
  suggestedSize: number;
  /** Files that will be skipped as far as can be told without decoding every one. */
  skipped: SkippedFile[];
  skippedCount: number;
  /** A few examples as PNG data, at most 24. */
  samples: { path: string; label: string; png: Uint8Array }[];
  /** What is what; empty where it is clear. */
  mapping: MappingField[];
  warnings: string[];
}

export interface ImportRequest {
  source: string;
  name?: string;
  /** Working size in pixels; omitted = suggested. */
  size?: number;
  test?: string;
  triggered?: string;
  truth?: string;
  /** Share of training images split off as test set where none is given. */
  split?: number;
  limit?: number;
  /** Answers to the preview's questions of what is what. */
  mapping?: Partial<Record<MappingKey, string>>;
}

/** An import that was stopped, killed or ran out of disk, and can be gone on with. */
export interface UnfinishedImport {
  id: string;
  name: string;
  source: string;
  /** Images decoded, of so many. */
  done: number;
  total: number;
  /** ISO 8601, of the last work on it. */
  at: string;
}

/** What is done about a sweep at the moment, by this program. */
export interface SweepActivity {
  state: 'waiting' | 'running' | 'stopping';
  /** Place in the plan of the run under way, from 0. */
  run: number | null;
  /** Its experiment, once it is trained. */
  experiment: string | null;
  /** What is done before that, such as poisoning images, and how far it is (0..1; null = cannot be known). */
  note: string;
  share: number | null;
  /** For all runs that are open; null before the first is done. */
  secondsLeft: number | null;
}

/** A plan of many runs, and how far it is. */
export interface SweepSummary {
  /** Eight hexadecimal digits, from the plan's contents. */
  id: string;
  name: string;
  /** ISO 8601: when the plan was last started. */
  started: string;
  planned: number;
  done: number;
  failed: number;
  /** Null while nothing is done about it here; another program may work on it all the same. */
  activity: SweepActivity | null;
}

export interface SweepDetail extends SweepSummary {
  plan: Plan;
  /** Ids of the plan's data sets, in its order, whatever they are called by now; null = not there. */
  datasets: (string | null)[];
  table: SweepTable;
  /** In the plan's order; `text` names the run. `state`: 'planned', or that of the experiment. */
  runs: { text: string; experiment: string | null; state: string; problem: string | null }[];
}

/** What a plan asks for, before it is started. */
export interface SweepCheck {
  id: string;
  planned: number;
  /** Runs that an earlier start of the same plan has done. */
  done: number;
  /** Poisoned copies of data sets that the whole plan needs. */
  copies: number;
  /** For the runs that are open, without the making of the copies; null when it cannot be known. */
  seconds: number | null;
  /** What that rests on, in words. */
  basis: string;
}

export interface AttackInfo {
  name: string;
  title: string;
  summary: string;
  source: string;
  /** Which of the ten attacks of the ABL paper it is, or stands for as an approximation; null = none of them. */
  paper: { name: string; approximation: boolean } | null;
  /** What the attack success rate counts, in a sentence. */
  success: string;
  cleanLabel: boolean;
  /** What success on a triggered image means: the target class, or the class after the image's own. */
  goal: 'target' | 'next-class';
  /** A network is trained on the images first, to make the trigger with. */
  needsNetwork: boolean;
  parameters: {
    name: string;
    help: string;
    unit: string;
    default: number | string | boolean;
    min?: number;
    max?: number;
    whole?: true;
    choices?: string[];
    /** The value is the path of an image file. */
    file?: true;
  }[];
}

export interface AttackRequestArgs {
  datasetId: string;
  attack: string;
  rate: number;
  target: number;
  seed: number;
  name?: string;
  parameters: Record<string, number | string | boolean>;
}

/** Raw pixels of a range of images: `count` images of height x width x channels, 0..255. */
export interface ImagePage {
  height: number;
  width: number;
  channels: number;
  images: Uint8Array;
  /** Position of each in the split. */
  indices: number[];
  labels: number[];
  /** Path relative to the source. */
  ids: string[];
  /** Known poison flags, for evaluation only; null without truth. */
  poisoned: boolean[] | null;
  /** Examples that match the filter in all. */
  total: number;
}

export type ExperimentState = 'queued' | 'running' | 'interrupted' | 'cancelled' | 'failed' | 'done';

export interface ExperimentSummary {
  id: string;
  name: string;
  state: ExperimentState;
  trashed: boolean;
  created: string;
  finished: string | null;
  datasetId: string;
  datasetName: string;
  preset: string;
  network: string;
  seed: number;
  methods: MethodName[];
  tags: string[];
  note: string;
  naive: MethodFigures | null;
  abl: MethodFigures | null;
  verdict: Verdict['kind'] | null;
  /** Pinned: others are compared with it. */
  baseline: boolean;
  seconds: number | null;
  bytes: number;
}

export interface RunProgress {
  experimentId: string;
  method: MethodName;
  stage: StageName;
  epoch: number;
  epochs: number;
  loss: number;
  accuracy: number;
  /** Share of the whole experiment, 0..1. */
  overall: number;
  imagesPerSecond: number;
  secondsLeft: number | null;
}

export interface ExperimentDetail extends ExperimentSummary {
  settings: Settings;
  engine: EngineInfo | null;
  appVersion: string;
  datasetHash: string;
  classes: string[];
  /** Index of the target class where it is known. */
  target: number | null;
  stages: { method: MethodName; stage: StageName; state: 'started' | 'done'; seconds: number }[];
  epochs: EpochMetrics[];
  evaluations: { method: MethodName; moment: Moment; evaluation: ModelEvaluation }[];
  isolation: IsolationFigures | null;
  oracle: MethodFigures | null;
  fullVerdict: Verdict | null;
  /** What the careful method found; null where another method ran, or it is not done. */
  examination: Examination | null;
  /** How many marks of an analyst it was started with. */
  givenMarks: number;
  warnings: string[];
  error: ErrorValue | null;
  progress: RunProgress | null;
}

export interface StartRequest {
  datasetId: string;
  preset: string;
  overrides: Partial<Settings>;
  methods: MethodName[];
  engine: 'auto' | 'native' | 'wasm' | 'cpu';
  seed: number;
  name?: string;
  tags?: string[];
  /** An experiment with the same data: what is marked poison there is left out, what is marked clean is kept. */
  marksFrom?: string;
}

export interface PresetInfo {
  name: string;
  title: string;
  help: string;
  audience: string;
  settings: Settings;
}

export interface SettingHelp {
  key: keyof Settings;
  help: string;
  kind: 'number' | 'integer' | 'boolean' | 'choice' | 'text';
  min: number | null;
  max: number | null;
  choices: string[] | null;
}

export interface TimeEstimate {
  /** Null when this machine's speed is not known yet. */
  seconds: number | null;
  /** What it rests on, in words. */
  basis: string;
}

export interface SuspectPage {
  total: number;
  suspects: {
    rank: number;
    index: number;
    id: string;
    label: number;
    loss: number;
    poisoned: boolean | null;
  }[];
  /** Pixels of the page, as in ImagePage. */
  height: number;
  width: number;
  channels: number;
  images: Uint8Array;
}

/** What can be said about a threshold on the suspects: one entry each, by rising loss. */
export interface SuspectRanking {
  /** In nats. */
  losses: number[];
  /** Null without truth. */
  poisoned: boolean[] | null;
  /** Poisoned training examples in all; null without truth. */
  poisonedTotal: number | null;
  trainTotal: number;
}

/** Histogram of per-example losses after stage 1, on a logarithmic axis. */
export interface LossHistogram {
  /** n + 1 edges in nats, rising. */
  edges: number[];
  all: number[];
  /** With truth: the poisoned among them; null without. */
  poisoned: number[] | null;
  isolated: number[];
  threshold: number;
}

export interface Answer {
  method: MethodName;
  predicted: number;
  /** Softmax, one per class. */
  probabilities: number[];
}

/** What is taken out of an experiment, and where it goes. Paths are new ones: nothing is overwritten. */
export type ExportRequest =
  | {
      what: 'bundle';
      to: string;
      /** Whether the images go along; without them the experiment can be looked at, but not continued. */
      withDataset: boolean;
    }
  /** What was found, for people; one file. */
  | { what: 'report'; to: string; format: 'html' | 'pdf' }
  /** The data set without what was isolated; a folder. */
  | { what: 'dataset'; to: string; format: 'folders' | 'csv' | 'jsonl' | 'npz' | 'parquet' }
  /** A trained model for other programs, with labels and a model card; a folder. */
  | { what: 'model'; to: string; format: 'onnx' | 'savedmodel' | 'tfjs' | 'safetensors'; model: MethodName }
  | { what: 'suspects' | 'metrics'; to: string; format: 'csv' | 'json' };

/** An experiment bundle (`.theriac`) before it is opened. */
export interface BundlePreview {
  file: string;
  /** Unpacked. */
  bytes: number;
  /** ISO 8601. */
  created: string;
  appVersion: string;
  experiment: { id: string; name: string };
  dataset: {
    id: string;
    name: string;
    hash: string;
    train: number;
    test: number;
    triggered: number;
    /** Whether its images are in the bundle. */
    included: boolean;
  };
  /** Whether the experiment is in the history already. */
  known: 'here' | 'in-trash' | null;
  /** Whether the same images are stored here already. */
  datasetHere: boolean;
}

/** One image of a model's size: height x width x channels bytes, 0..255. */
export interface Picture {
  height: number;
  width: number;
  channels: number;
  images: Uint8Array;
}

/** What a model's answer rests on: the fall of its probability, -1..1, with each cell covered, row by row. */
export interface MapOfSaliency {
  method: MethodName;
  rows: number;
  columns: number;
  values: number[];
}

export interface EngineStatus {
  runtime: {
    state: 'ready' | 'missing' | 'damaged';
    folder: string;
    variant: string | null;
    version: string | null;
    reason: string;
  };
  device: { name: string; cores: number; memoryBytes: number; gpu: string | null; gpuReason: string };
  /** Images per second of the small CNN's training step at the last speed test; null before. */
  speed: { imagesPerSecond: number; network: string; at: string } | null;
}

export interface UserSettings {
  theme: 'system' | 'light' | 'dark';
  engine: 'auto' | 'native' | 'wasm' | 'cpu';
  threads: number;
  /** Megabytes that the images of a run may take in memory; 0 = half of what is free when it begins. */
  imageMemory: number;
  notify: boolean;
}

export interface ExperimentQuery {
  text?: string;
  state?: ExperimentState;
  datasetId?: string;
  tag?: string;
  trashed?: boolean;
  sort?: 'created' | 'name' | 'seconds' | 'abl-ca' | 'abl-asr';
  descending?: boolean;
  offset: number;
  limit: number;
}

/** Every call: name, arguments, answer. */
export interface Api {
  'app.info'(): AppInfo;
  'app.settings'(): UserSettings;
  'app.changeSettings'(change: Partial<UserSettings>): UserSettings;

  'engine.status'(): EngineStatus;
  /** Installs from the network, or from a wheel file. */
  'engine.install'(from: string | null): Task;
  /** Trains a few steps and stores the speed. */
  'engine.test'(): EngineStatus;

  'tasks.list'(): Task[];
  'tasks.cancel'(id: string): null;

  'datasets.list'(): DatasetSummary[];
  'datasets.show'(id: string): DatasetDetail;
  'datasets.preview'(request: ImportRequest): ImportPreview;
  /** Goes on with an unfinished import of the same source and options, if there is one. */
  'datasets.import'(request: ImportRequest): Task;
  'datasets.unfinished'(): UnfinishedImport[];
  'datasets.resumeImport'(id: string): Task;
  'datasets.discardImport'(id: string): null;
  'datasets.sample'(): Task;
  'datasets.attack'(request: AttackRequestArgs): Task;
  /**
   * A clean example and the same with the trigger, for the attack form: at most 6 pairs. Null for an attack that
   * trains a network first, until `prepareAttackPreview` is done.
   */
  'datasets.attackPreview'(request: AttackRequestArgs): {
    height: number;
    width: number;
    channels: number;
    clean: Uint8Array;
    triggered: Uint8Array;
    count: number;
  } | null;
  'datasets.prepareAttackPreview'(request: AttackRequestArgs): Task;
  'datasets.rename'(id: string, name: string): null;
  /** Refused ('busy') while experiments use it, unless they are removed too. */
  'datasets.remove'(id: string, withExperiments: boolean): null;
  'datasets.images'(
    id: string,
    query: { split: SplitName; offset: number; limit: number; label?: number; poisoned?: boolean },
  ): ImagePage;

  'attacks.list'(): AttackInfo[];
  'presets.list'(): { presets: PresetInfo[]; help: SettingHelp[] };

  'experiments.list'(query: ExperimentQuery): { total: number; experiments: ExperimentSummary[] };
  'experiments.show'(id: string): ExperimentDetail;
  'experiments.estimate'(request: StartRequest): TimeEstimate;
  'experiments.start'(request: StartRequest): { id: string };
  /** Stops at the next step and keeps a checkpoint. */
  'experiments.stop'(id: string): null;
  'experiments.resume'(id: string): null;
  'experiments.edit'(id: string, change: { name?: string; note?: string; tags?: string[] }): null;
  'experiments.trash'(id: string): null;
  'experiments.restore'(id: string): null;
  /** The experiment that others are compared with; null where none is pinned. */
  'experiments.baseline'(): string | null;
  /** Pins it in place of another; null unpins. */
  'experiments.pin'(id: string | null): null;
  /** Deletes a trashed experiment and frees its disk. */
  'experiments.purge'(id: string): { freedBytes: number };
  'experiments.suspects'(id: string, query: { offset: number; limit: number }): SuspectPage;
  'experiments.histogram'(id: string): LossHistogram;
  /** What each model answers for one example of the data set; pairs a triggered test image with its clean twin where known. */
  'experiments.answers'(id: string, example: { split: SplitName; index: number }): Answer[];
  /** The same for an image file of the user's. */
  'experiments.answersForFile'(id: string, path: string): Answer[];
  /** An image file's bytes as the models see it. */
  'experiments.picture'(id: string, bytes: Uint8Array): Picture;
  /** What each model answers for pixels of its size. */
  'experiments.try'(id: string, pixels: Uint8Array): Answer[];
  'experiments.saliency'(id: string, pixels: Uint8Array): MapOfSaliency[];
  /** @param first only so many, from the lowest loss on; null = all */
  'experiments.suspectsCsv'(id: string, to: string, first: number | null): { rows: number };
  'experiments.ranking'(id: string): SuspectRanking;
  /** What the analyst has marked, by rising position in the training set. */
  'experiments.marks'(id: string): ExampleMark[];
  /** Marks training examples by position; null takes their marks away. */
  'experiments.mark'(id: string, examples: number[], mark: Mark | null): null;

  'experiments.export'(id: string, request: ExportRequest): Task;

  /** Plans that were begun, here or with `theriac sweep`, newest first. */
  'sweeps.list'(): SweepSummary[];
  'sweeps.show'(id: string): SweepDetail;
  /** Reads a plan file. */
  'sweeps.open'(file: string): Plan;
  /** Refused with what is wrong with the plan. */
  'sweeps.check'(plan: Plan): SweepCheck;
  /** Begins a plan, or goes on with it where it was stopped. */
  'sweeps.start'(plan: Plan): { id: string };
  'sweeps.stop'(id: string): null;
  'sweeps.resume'(id: string): null;
  /** Writes table.md, table.csv, runs.csv, chart.svg and plan.yml into a folder. @returns their paths */
  'sweeps.save'(
    id: string,
    to: string,
  ): { markdown: string; csv: string; runs: string; chart: string; plan: string };
  /**
   * Forgets plan, table and chart; data sets stay, and so do experiments unless they are to go into the trash.
   * @returns how many experiments went there
   */
  'sweeps.remove'(id: string, withExperiments: boolean): { experiments: number };

  'bundles.preview'(file: string): BundlePreview;
  'bundles.open'(file: string): Task;

  'backup.create'(to: string): Task;
  'backup.restore'(from: string): Task;
}

/** What the host tells on its own. Progress at most 10 times a second per experiment. */
export interface ApiEvents {
  task: Task;
  progress: RunProgress;
  epoch: { experimentId: string; metrics: EpochMetrics };
  /** Something about the experiment's row changed: state, stages, evaluations, isolation, verdict. */
  experiment: { id: string; state: ExperimentState };
  /** Data sets or experiments were added or removed, maybe by another process. */
  changed: { what: 'datasets' | 'experiments' };
  /** What is done about a sweep; `error` is what ended it before its time. At most some times a second. */
  sweep: { id: string; activity: SweepActivity | null; error: ErrorValue | null };
  /** The user opened a bundle from outside (a double-click in the file manager): the screens show it. */
  'open-file': { file: string };
  /** The user chose an experiment or a sweep outside the screens (a notification): the screens show it. */
  'open-experiment': { id: string };
  'open-sweep': { id: string };
}

export type ApiName = keyof Api;
export type ApiArguments<N extends ApiName> = Parameters<Api[N]>;
export type ApiResult<N extends ApiName> = ReturnType<Api[N]>;

/** What only the place the screens run in can do; a browser host answers some with null. */
export interface Shell {
  /** A native picker; null = cancelled or not available (the screens then offer a text field). */
  pickFolder(): Promise<string | null>;
  pickFile(extensions: string[]): Promise<string | null>;
  saveFile(suggestedName: string): Promise<string | null>;
  /** The path of a dropped file or folder; null where the browser does not tell. */
  droppedPath(file: unknown): string | null;
}
