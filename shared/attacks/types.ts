import type { ImageSet, Truth } from '../contract/dataset.ts';

export interface AttackParameter {
  name: string;
  /** One line for the user. */
  help: string;
  unit: string;
  default: number | string | boolean;
  min?: number;
  max?: number;
  choices?: string[];
}

export interface AttackRequest {
  /** Share of the whole training set, 0..1. */
  rate: number;
  target: number;
  classes: number;
  seed: number;
  parameters: Record<string, number | string | boolean>;
}

export interface Attack {
  /** Registry key, e.g. 'badnets'. */
  name: string;
  title: string;
  summary: string;
  /** Paper and, for repository-compatible variants, the file whose behaviour is reproduced. */
  source: string;
  /** Clean-label attacks poison only images of the target class and keep labels. */
  cleanLabel: boolean;
  parameters: AttackParameter[];
  /** Pure: returns a poisoned copy of the training set and which images were poisoned. */
  poison(train: ImageSet, request: AttackRequest): { train: ImageSet; truth: Truth };
  /** Pure: test images of the non-target classes with the trigger; labels stay the true class. */
  trigger(test: ImageSet, request: AttackRequest): ImageSet;
}
