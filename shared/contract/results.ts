/** Fractions are 0..1 throughout; null means "cannot be known here". */

/** How one model does on the test sets. */
export interface ModelFigures {
  /** Clean accuracy on the full test set. */
  ca: number | null;
  /** Clean accuracy without the target class (the official code's convention). */
  caWithoutTarget: number | null;
  /** Share of triggered test images of other classes answered with the target class. */
  asr: number | null;
  /** Share of triggered test images still given their true class. */
  ra: number | null;
}

/** A model's figures as trained, and after batch-norm statistics are re-estimated on kept training images. */
export interface MethodFigures extends ModelFigures {
  caReestimated: number | null;
  asrReestimated: number | null;
  raReestimated: number | null;
}

export interface ModelEvaluation extends ModelFigures {
  /** classes x classes counts, row = true class, column = answer; null without a test set. */
  confusion: number[][] | null;
  /** The same on triggered images. */
  confusionTriggered: number[][] | null;
}

/** Stage 1's outcome: the examples with the lowest loss. */
export interface IsolationFigures {
  /** Share of the training set that was isolated. */
  rate: number;
  count: number;
  /** Share of the isolated that are poisoned; needs truth. */
  precision: number | null;
  /** Share of the poisoned that were isolated; needs truth. */
  recall: number | null;
  /** Of "low loss" as a detector of poison over the whole training set; needs truth. */
  auroc: number | null;
  /** Share of the isolated that carry the most frequent label. */
  concentration: number;
  /** Index of that label. */
  class: number;
  /** Isolated examples per label. */
  labels: number[];
  /** Largest loss among the isolated, in nats. */
  threshold: number;
}

export interface Verdict {
  kind: 'poisoned' | 'no-evidence' | 'uncertain';
  /** Index of the suspected target class. */
  class: number | null;
  /** 0..1 */
  confidence: number;
  estimatedAsr: number | null;
  /** Plain sentences, each with the figure it rests on. */
  reasons: string[];
}

/** A decision of the careful method, with the figure that it rests on. */
export interface Evidence {
  stage: 'ranking' | 'reconstruction' | 'detector' | 'check' | 'trusted';
  /** Class index. */
  class: number;
  /** null: could not be told, e.g. a ratio to nothing. */
  figure: number | null;
  threshold: number;
  /** Whether the figure speaks for poison. */
  passed: boolean;
  /** Plain, with the figure. Says "this class": the reader puts in the name. */
  sentence: string;
  /**
   * Name of the rule that decided about a group of suspects, on the last line about it; a version may not know another's.
   * Absent on other lines, and in examinations stored before rules had names.
   */
  rule?: string | undefined;
}

/** What the careful method found before it trained anew. */
export interface Examination {
  verdict: Verdict;
  /** Target classes, rising. */
  classes: number[];
  /** Share of the training examples judged to be poison and left out. */
  poisonShare: number;
  /** 95 % interval of the ASR of the reconstructed trigger; null without poison. */
  estimatedAsr: { low: number; high: number } | null;
  /** Every decision in the order in which it was taken. */
  evidence: Evidence[];
  /** Reconstructed triggers of the target classes; absent in examinations stored before there were any. */
  triggers?: TriggerPicture[] | undefined;
  /** What sets the suspects of a target class apart; absent in examinations stored before there were any. */
  differences?: DifferenceSheet[] | undefined;
}

/**
 * Suspects against images that were kept. Differences are bytes around mid-grey, strengthened until the largest one is full
 * black or white.
 */
export interface DifferenceSheet {
  class: number;
  height: number;
  width: number;
  channels: number;
  /** The suspects' mean minus that of the class's other images, base64. */
  mean: string;
  /** The suspects that the detector is surest of, each with the kept image that looks most alike. */
  pairs: DifferencePair[];
}

export interface DifferencePair {
  /** Positions in the training set. */
  suspect: number;
  counterpart: number;
  /** Suspect, counterpart and their difference one after another, base64. */
  pixels: string;
}

/** What a reconstructed trigger does to a mid-grey image, strengthened so that its largest change is full black or white. */
export interface TriggerPicture {
  class: number;
  /** Training images that carry it. */
  images: number;
  height: number;
  width: number;
  channels: number;
  /** height x width x channels bytes, base64. */
  pixels: string;
}

export type MethodName = 'naive' | 'abl' | 'oracle';
/** Stages in the order in which ABL runs them; `train` is the single stage of the naive and oracle models; the careful method has `isolate`, `check`, `train`. */
export type StageName = 'train' | 'isolate' | 'check' | 'fine-tune' | 'unlearn' | 'joint';
/** When a model was evaluated. */
export type Moment = 'after-isolate' | 'before-unlearn' | 'final' | 'reestimated';

export interface EpochMetrics {
  method: MethodName;
  stage: StageName;
  /** 1-based within the stage. */
  epoch: number;
  epochs: number;
  learningRate: number;
  /** Mean cross-entropy over the epoch's examples, in nats. In the joint stage: over the kept examples. */
  loss: number;
  /** Training accuracy over the epoch, before each update. */
  accuracy: number;
  /** Joint and unlearning stages: mean loss on the isolated examples. */
  isolatedLoss: number | null;
  /** Evaluated where the settings ask for it. */
  ca: number | null;
  asr: number | null;
  /** Optimizer steps done in the stage so far. */
  steps: number;
  seconds: number;
}
