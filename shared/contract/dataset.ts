/** Images of one size with their labels, held in memory. The unit that attacks, training and metrics work on. */
export interface ImageSet {
  /** Number of images, N. */
  count: number;
  height: number;
  width: number;
  /** 1 (grey) or 3 (red, green, blue). */
  channels: number;
  /** N x height x width x channels, row-major, 0..255. */
  images: Uint8Array;
  /** N class indices as given by the source (poison included). */
  labels: Int32Array;
}

/**
 * Labelled images of one size, wherever their pixels lie: in memory, or in part in a file that is read by range.
 * What training, ranking, examination and evaluation read from.
 */
export interface Images {
  readonly count: number;
  readonly height: number;
  readonly width: number;
  readonly channels: number;
  /** N class indices as given by the source (poison included). */
  readonly labels: Int32Array;
  /** The height x width x channels bytes of one image: to be read only, and before the next call. */
  image(index: number): Uint8Array;
  /**
   * Begins to read images that are wanted next, beside other work. Once it resolves `image` has these at hand, until
   * the next `prepare`. Only a matter of speed: `image` answers for any image at any time.
   */
  prepare(indices: Int32Array): Promise<void>;
  /** The same for another thread to read; absent or null where not all pixels are in memory. */
  shared?(): SharedImages | null;
}

/** What is known of images without their pixels. */
export type ImagesShape = Omit<Images, 'image' | 'prepare' | 'shared'>;

/** Images whose pixels lie in memory that threads share; plain data, to be sent to one. */
export interface SharedImages extends ImagesShape {
  /** So many images each; the last may have fewer. */
  perPiece: number;
  pieces: Uint8Array[];
}

/** What is known, for evaluation only, about a poisoned training set. Never used for training (but by the oracle). */
export interface Truth {
  /** N flags: 1 = carries the trigger under the label the attacker wants. Cover examples count as clean. */
  poisoned: Uint8Array;
  /** N class indices before poisoning. */
  trueLabels: Int32Array;
}

export type SplitName = 'train' | 'test' | 'triggered';

/** One file of the source that was not imported, and why, in plain words. */
export interface SkippedFile {
  path: string;
  reason: string;
}

/** How poison was simulated on a data set, when the product did it. */
export interface AppliedAttack {
  attack: string;
  parameters: Record<string, number | string | boolean>;
  /** Share of the whole training set, 0..1. */
  rate: number;
  target: number;
  /** What success means: the target class (also where this is missing), or the class after an image's own. */
  goal?: 'target' | 'next-class';
  seed: number;
  /** Data set the attack was applied to. */
  sourceId: string;
}

/** `dataset.json` of a stored data set; also its row in the history. */
export interface DatasetManifest {
  format: 1;
  id: string;
  name: string;
  /** ISO 8601. */
  created: string;
  source: string;
  sourceKind: string;
  classes: string[];
  height: number;
  width: number;
  channels: number;
  counts: { train: number; test: number; triggered: number };
  /** Where the test split came from: given by the source, split off by us, or absent. */
  testOrigin: 'given' | 'split' | 'none';
  hasTruth: boolean;
  /** Class that triggered images should be answered with, where it is known and the same for all. */
  target: number | null;
  /** SHA-256 over images, labels and class names of all splits, hex. */
  hash: string;
  attack: AppliedAttack | null;
  skipped: SkippedFile[];
  /** Number of skipped files; `skipped` lists at most the first 1,000. */
  skippedCount: number;
}
