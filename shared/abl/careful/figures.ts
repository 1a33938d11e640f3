import type { PartFigures } from './part.ts';
import type { TrustedFigures } from './trusted.ts';

export interface Share {
  hits: number;
  of: number;
}

export function shareOf({ hits, of }: Share): number {
  return of > 0 ? hits / of : 0;
}

/** Everything measured about one group of flagged images, before and after a model was trained without it. */
export interface GroupFigures {
  class: number;
  /**
   * What led to them: one trigger that they share; content that looks like other classes; a trigger that images of
   * several classes carry, some perhaps under their right labels (`gain` is then that of the class where it was found);
   * or a shift that their pixels share, which nothing that was trained has to know.
   */
  found: 'trigger' | 'content' | 'everywhere' | 'pixels';
  /** Images in it; identical ones count once in `check`. */
  flagged: number;
  /** Flip gain of the reconstructed trigger in the model of stage 1, and of one made under a tighter limit. */
  gain: number;
  faintGain: number;
  /** Other classes' images that the model of stage 1 answers with the class once the trigger is pasted. */
  flipped: Share;
  /** Share of the class that is flagged, and of other classes' images that the detector flags too. */
  inside: number;
  outside: number;
  /** Share of the class with a score from 0.1 to 0.9, and of other classes' images with one above 0.5. */
  doubtful: number;
  falseAlarms: number;
  /**
   * How much less often the model of stage 1 answers the flagged with their label than the rest of the class, as a
   * share of the latter; high where a trigger is there that it has not learnt.
   */
  contradiction: number;
  /** The patch that most of these images have to the byte, if that is how they were found; see stampsIn. */
  stamp?: StampFigures | null;
  /** How the group lies to the rest of its class, and to other classes if it is their images with a pattern; or not measured. */
  part?: PartFigures | null;
  foreign?: PartFigures | null;
  /**
   * What they have more than the rest, amplified, does in stage 1's model: its flip gain; and how much of it is one change of
   * light and contrast, 0..1, or null where chance hides that. Null where it was not asked.
   */
  amplified?: { gain: number; flipped: Share; uniform: number | null } | null;
  /** The check's answers; null where the group did not come that far. */
  check: CheckFigures | null;
  /** What trusted images and marks say; absent where there are none. */
  known?: TrustedFigures | null;
}

export interface StampFigures {
  /** Whether it is a part of what shows of an overlay, see stampsIn. */
  isOverlay?: boolean;
  /** Its pixels and values, and those of the values that clipping does not explain, see unclippedValues. */
  pixels: number;
  values: number;
  unclipped: number;
  /** Images of the class that have it, and the share of other classes' images that do. */
  images: number;
  elsewhere: number;
}

/** What a check says about labels. */
export interface Answered {
  /** The check model answers with the label: on the core of the flagged, and on kept images of the class, all unseen. */
  agreement: Share;
  control: Share;
  /** How often it answers with the class on images of other classes: agreement by mere bias. */
  base: Share;
}

export interface CheckFigures extends Answered {
  /** The same of the other classes together that carry the trigger; absent for a trigger of one class. */
  together?: Answered | null;
  /** Flip gain of the same trigger in the check model. */
  residualGain: number;
  /** And of the amplified pattern; absent where that was not asked. */
  residualAmplified?: number | null;
  /** How the answers to the flagged that are not their label are spread over the classes, see spreadOf; null: no choice. */
  spread: number | null;
  /** What these have in common with its mistakes in the control, see commonMistakes; absent where nobody compares them. */
  mistakes?: number | null;
  /** Whether it learnt a mark that several classes carry from the others. */
  knowsMark?: boolean;
}

export type GroupDecision = 'poison' | 'innocent' | 'unsure';
