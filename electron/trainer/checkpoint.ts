import { createHash } from 'node:crypto';
import * as fs from 'node:fs/promises';
import * as path from 'node:path';
import type { StagePosition } from '../../shared/abl/training.ts';
import { ExpectedError } from '../../shared/contract/errors.ts';
import type { EngineInfo, Tensors } from '../../shared/contract/engine.ts';
import type {
  EpochMetrics,
  Examination,
  IsolationFigures,
  MethodName,
  ModelEvaluation,
  Moment,
  StageName,
} from '../../shared/contract/results.ts';
import type { Job } from '../../shared/contract/trainer.ts';
import type { Remembered } from './remembered.ts';
import { readTensorFile, writeTensorFile } from './tensor-file.ts';

/** Everything that was reported so far; sent again after a resume, for a host that missed the last of it. */
export interface Results {
  epochs: EpochMetrics[];
  stages: { method: MethodName; stage: StageName; state: 'started' | 'done'; seconds: number }[];
  isolation: { figures: IsolationFigures; lossFile: string; isolated: number[] } | null;
  examination: Examination | null;
  evaluations: { method: MethodName; moment: Moment; evaluation: ModelEvaluation }[];
  weights: { method: MethodName; file: string }[];
}

/** How far a job has come: plain data. */
export interface JobState {
  /** Of the job and its data set: a checkpoint fits only the run that wrote it. */
  fingerprint: string;
  /** The engine that computed so far. Another one goes on with slightly different numbers. */
  engine: Pick<EngineInfo, 'kind' | 'device' | 'version'>;
  /** The method in progress; null when all are done. */
  method: MethodName | null;
  /** Which of its phases. */
  phase: number;
  /** Within a training stage. */
  position: StagePosition | null;
  /** An epoch that was trained but not yet evaluated and reported. */
  unreported: EpochMetrics | null;
  results: Results;
  /** Within an examination: what its finished parts found. Absent in checkpoints of versions that did not keep it. */
  remembered?: Remembered | null;
  /** Behind it: the triggers that the ABL model unlearns, encoded like these parts. */
  unlearnable?: unknown;
  /** Optimizer steps of the job that are done or were left out by an early stop. */
  steps: number;
  /** Images trained on, and the seconds that took. */
  images: number;
  trainingSeconds: number;
  /** Seconds spent on each method, evaluation included, over all sittings. */
  seconds: Record<MethodName, number | null>;
}

export interface Checkpoint {
  state: JobState;
  /** With momentum; empty where the next model starts from its initial weights. */
  tensors: Tensors;
}

const CURRENT = 'checkpoint.safetensors';
const PREVIOUS = 'checkpoint.previous.safetensors';

/** Identifies a run: same settings, seed, methods and data. */
export function fingerprintOf({ settings, seed, methods, marks }: Job, datasetHash: string): string {
  // An empty entry is none, as in checkpoints written before there was one.
  const empty = new Map<string, unknown>([
    ['trusted', ''],
    ['unlearnTrigger', 0],
  ]);
  const used = Object.entries(settings).filter(([key, value]) => !empty.has(key) || empty.get(key) !== value);
  return createHash('sha256')
    .update(JSON.stringify([used.sort(), seed, [...methods].sort(), datasetHash]))
    .update(marks ? JSON.stringify([marks.leftOut, marks.kept]) : '')
    .digest('hex');
}

/**
 * Writes a checkpoint and keeps the one before. Whatever moment the machine dies, one of the two is whole.
 * @returns the file's name in `dir`
 */
export async function writeCheckpoint(dir: string, { state, tensors }: Checkpoint): Promise<string> {
  const current = path.join(dir, CURRENT);
  const fresh = path.join(dir, 'checkpoint.next.safetensors');
  await writeTensorFile(fresh, { tensors, value: state });
  await fs.rename(current, path.join(dir, PREVIOUS)).catch(ignoreMissing);
  await fs.rename(fresh, current);
  return CURRENT;
}

/**
 * The newest whole checkpoint, or null. A damaged one is passed over with a warning.
 * @throws ExpectedError bad-input when the checkpoint belongs to another run
 */
export async function readCheckpoint(
  dir: string,
  fingerprint: string,
  warn: (message: string) => void,
): Promise<Checkpoint | null> {
  for (const name of [CURRENT, PREVIOUS]) {
    const file = path.join(dir, name);
    try {
      const { tensors, value } = await readTensorFile(file);
      const state = value as JobState;
      if (state.fingerprint === fingerprint) return { state, tensors };
      throw new OtherRun(
        'bad-input',
        `The checkpoint ${file} belongs to a run with other settings or another data set.`,
        'Run again from the start instead of resuming.',
      );
    } catch (error) {
      if (error instanceof OtherRun || !(error instanceof ExpectedError)) throw error;
      if (error.code === 'not-found') continue;
      const instead =
        name === CURRENT ? 'The checkpoint before it is used, if there is one.' : 'The run starts anew.';
      warn(`${error.message} ${instead}`);
    }
  }
  return null;
}

/** Removes checkpoints, for a run that starts anew. */
export async function clearCheckpoints(dir: string): Promise<void> {
  for (const name of [CURRENT, PREVIOUS]) await fs.rm(path.join(dir, name), { force: true });
}

class OtherRun extends ExpectedError {}

function ignoreMissing(error: NodeJS.ErrnoException): void {
  if (error.code !== 'ENOENT') throw error;
}
