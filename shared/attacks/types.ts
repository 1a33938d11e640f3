import type { ImageSet, Truth } from '../contract/dataset.ts';

export interface AttackParameter {
  name: string;
  /** One line for the user. */
  help: string;
  unit: string;
  default: number | string | boolean;
  min?: number;
  max?: number;
  /** Only whole numbers. */
  whole?: true;
  choices?: string[];
  /** The value is the path of an image file, which is read before the attack is made. */
  file?: true;
}

/** Numbers that an attack needs beside the images: a picture of the user's, or what a network made. */
export interface MaterialArray {
  shape: number[];
  data: Uint8Array | Int32Array | Float32Array;
}

export type Material = ReadonlyMap<string, MaterialArray>;

/** What counts as success on a triggered image: the target class, or the class after its own (all-to-all). */
export type Goal = 'target' | 'next-class';

/** Triggered test images. */
export interface TriggeredSet extends ImageSet {
  /** Which test image each was made from. */
  origins: Int32Array;
}

export interface AttackRequest {
  /** Share of the whole training set, 0..1. */
  rate: number;
  target: number;
  classes: number;
  seed: number;
  parameters: Record<string, number | string | boolean>;
  /** What `electron/attacks` has read or computed for this attack, by name; for attacks that need it. */
  material?: Material;
}

export interface Attack {
  /** Registry key, e.g. 'badnets'. */
  name: string;
  title: string;
  summary: string;
  /** Paper and, for repository-compatible variants, the file whose behaviour is reproduced. */
  source: string;
  /** Which of the ten attacks of the ABL paper it is, or stands for as an approximation; null = none of them. */
  paper: { name: string; approximation: boolean } | null;
  /** What the attack success rate counts, in a sentence. */
  success: string;
  /** Clean-label attacks poison only images of the target class and keep labels. */
  cleanLabel: boolean;
  goal: Goal;
  /** The trigger is made with a network that is trained first; `electron/attacks` puts it into the material. */
  needsNetwork: boolean;
  parameters: AttackParameter[];
  /** Pure: which training images are poisoned, rising. */
  choose(train: ImageSet, request: AttackRequest): Int32Array;
  /**
   * Pure: returns a poisoned copy of the training set and which images were poisoned. Cover examples, which carry
   * the trigger or a part of it and keep their right label, do not count as poisoned.
   */
  poison(train: ImageSet, request: AttackRequest): { train: ImageSet; truth: Truth };
  /** Pure: test images with the trigger, of the classes that the attack is aimed at; labels stay the true class. */
  trigger(test: ImageSet, request: AttackRequest): TriggeredSet;
}
