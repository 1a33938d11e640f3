import { readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { EpochMetrics } from '../../shared/contract/results.ts';
import type { FromTrainer } from '../../shared/contract/trainer.ts';
import type { IsolatedExample } from '../history/isolations.ts';
import type { History } from '../history/open.ts';
import { currentOwner } from '../history/owner.ts';

const BATCH = 25;
const FLUSH_MS = 500;

/** Writes what the training process reports into the history; epochs in batches. */
export class RunRecorder {
  readonly #history: History;
  readonly #id: string;
  readonly #outputDir: string;
  #pending: EpochMetrics[] = [];
  #flushed = Date.now();

  constructor(history: History, experimentId: string, outputDir: string) {
    this.#history = history;
    this.#id = experimentId;
    this.#outputDir = outputDir;
  }

  /** @throws whatever writing throws */
  record(message: FromTrainer): void {
    if (message.type === 'epoch') {
      this.#pending.push(message.metrics);
      if (this.#pending.length >= BATCH || Date.now() - this.#flushed > FLUSH_MS) this.flush();
      return;
    }
    if (message.type === 'progress') return;
    // A checkpoint must not be noted before the epochs it stands for.
    this.flush();
    this.#write(message);
  }

  flush(): void {
    this.#flushed = Date.now();
    if (this.#pending.length === 0) return;
    this.#history.metrics.addEpochs(this.#id, this.#pending);
    this.#pending = [];
  }

  #write(message: FromTrainer): void {
    const { experiments, metrics, isolations, outcomes, notes } = this.#history;
    switch (message.type) {
      case 'ready':
        experiments.setTrainer(this.#id, currentOwner(message.pid));
        return experiments.setEngine(this.#id, message.engine);
      case 'stage':
        return metrics.setStage(this.#id, message);
      case 'isolation':
        return isolations.set(
          this.#id,
          { figures: message.figures, lossFile: basename(message.lossFile) },
          this.#isolated(message.lossFile, message.isolated),
        );
      case 'examination':
        return outcomes.setExamination(this.#id, message.examination);
      case 'evaluation':
        return outcomes.setEvaluation(this.#id, message.method, message.moment, message.evaluation);
      case 'weights':
        return outcomes.setWeights(this.#id, message.method, basename(message.file));
      case 'checkpoint':
        return experiments.setCheckpoint(this.#id, basename(message.file));
      case 'epoch':
      case 'progress':
      case 'done':
      case 'stopped':
      case 'failed':
        // Epochs are batched above; how a sitting ends is recorded by who runs it.
        return;
      case 'warning':
        return notes.addWarning(this.#id, new Date().toISOString(), message.message);
    }
  }

  #isolated(lossFile: string, isolated: readonly number[]): IsolatedExample[] {
    const losses = readLosses(join(this.#outputDir, basename(lossFile)));
    return isolated.map((example, index) => {
      const loss = losses[example];
      if (loss === undefined) throw new RangeError(`isolated example ${example} of ${losses.length}`);
      return { rank: index + 1, example, loss };
    });
  }
}

/** The losses at the end of stage 1, one for each training example in data-set order, in nats. */
export function readLosses(file: string): Float32Array {
  const bytes = readFileSync(file);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return Float32Array.from({ length: bytes.byteLength / 4 }, (_, i) => view.getFloat32(i * 4, true));
}
