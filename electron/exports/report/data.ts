import type { LossHistogram } from '../../../shared/contract/api.ts';
import type { DatasetManifest } from '../../../shared/contract/dataset.ts';
import type {
  EpochMetrics,
  Examination,
  IsolationFigures,
  MethodName,
  ModelEvaluation,
  Moment,
} from '../../../shared/contract/results.ts';
import type { Mark } from '../../../shared/contract/marks.ts';
import type { Experiment } from '../../history/experiments.ts';
import type { ExperimentResult } from '../../history/result.ts';

/** A picture with what it shows, for those who do not see it. */
export interface Picture {
  png: Uint8Array;
  /** In pixels of the file. */
  width: number;
  height: number;
  alternative: string;
}

/** Mean images of the class that most suspects are labelled with. */
export interface Averages {
  /** Class index. */
  class: number;
  suspects: Picture;
  others: Picture;
  /** Where they differ, made as bright as it can be. */
  difference: Picture;
  counts: { suspects: number; others: number };
}

/** What an analyst said of single training images. */
export interface Judgement {
  /** How many, by what was said after the run. */
  made: Record<Mark, number>;
  /** How many the run was started with. */
  given: Record<Mark, number>;
  /** Those marked poison, and those marked clean; null where none is, or the images are gone. */
  sheets: { mark: 'poison' | 'clean'; picture: Picture; shown: number }[];
}

/** Everything that a report tells of one experiment. */
export interface ReportData {
  experiment: Experiment;
  result: ExperimentResult;
  dataset: DatasetManifest;
  evaluations: { method: MethodName; moment: Moment; evaluation: ModelEvaluation }[];
  epochs: EpochMetrics[];
  examination: Examination | null;
  isolation: IsolationFigures | null;
  histogram: LossHistogram | null;
  /** The first suspects, the lowest loss first; null without images. */
  sheet: { picture: Picture; shown: number } | null;
  averages: Averages | null;
  /** What the triggers do to a grey image, as far as the method could reconstruct them. */
  triggers: { class: number; images: number; picture: Picture }[];
  /** Suspects of a target class beside the kept images that look most alike, and what sets them apart. */
  pairs: { class: number; picture: Picture }[];
  judgement: Judgement;
  warnings: string[];
  notes: string[];
  /** SHA-256 of each model's weights file. */
  weights: { method: MethodName; file: string; sha256: string }[];
}
