import type { DatasetManifest, Images, Truth } from '../../shared/contract/dataset.ts';
import type { CompileOptions, Engine, Tensors } from '../../shared/contract/engine.ts';
import type { MethodName } from '../../shared/contract/results.ts';
import type { FromTrainer, Job } from '../../shared/contract/trainer.ts';
import type { Network } from '../../shared/networks/types.ts';
import type { JobState } from './checkpoint.ts';
import type { ProgressMeter } from './progress.ts';

/** What a job needs from the process it runs in. */
export interface JobHost {
  send(message: FromTrainer): void;
  /** Whether the job should end at the next safe place. */
  stopRequested(): boolean;
}

/** All that the methods of a job share. */
export interface JobContext {
  job: Job;
  host: JobHost;
  engine: Engine;
  network: Network;
  options: CompileOptions;
  manifest: DatasetManifest;
  train: Images;
  test: Images | null;
  triggered: Images | null;
  truth: Truth | null;
  /** Images that the user trusts to be clean, with this data set's class indices. */
  trusted: Images | null;
  /** Training examples in use, as rising data-set indices: all, unless the settings limit them. */
  examples: Int32Array;
  state: JobState;
  /** Tensors of the checkpoint that the job goes on from; taken by the first method that runs. */
  resumeFrom: Tensors | null;
  meter: ProgressMeter;
}

/** What a method trains on: the oracle model only on what truth says is clean. */
export function examplesOf({ truth, examples }: JobContext, method: MethodName): Int32Array {
  return method === 'oracle' && truth ? examples.filter((index) => truth.poisoned[index] === 0) : examples;
}
