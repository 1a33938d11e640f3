/**
 * A process of its own that starts an engine, trains it a little and reports: an engine that crashes takes only
 * this process with it, and the library path is set before it starts. Argument: the engine wanted.
 */
import { ExpectedError, type ErrorValue } from '../../shared/contract/errors.ts';
import type { EngineInfo } from '../../shared/contract/engine.ts';
import { networkByName } from '../../shared/networks/zoo.ts';
import { stream } from '../../shared/random.ts';
import { createEngine, type EnginePreference } from '../engine/index.ts';

export interface ProbeReport {
  engine: EngineInfo;
  /** Of the speed test's network, batch 64, 32x32 colour images. */
  imagesPerSecond: number;
  network: string;
  /** Whether the loss fell, as it must when gradients are right. */
  learned: boolean;
}

export type ProbeMessage = { report: ProbeReport } | { error: ErrorValue };

const BATCH = 64;
const MIN_SECONDS = 3;
const MIN_STEPS = 5;
const NETWORK = 'small-cnn';

async function probe(preference: EnginePreference): Promise<ProbeReport> {
  const engine = await createEngine(preference);
  const size = { height: 32, width: 32, channels: 3, classes: 10 };
  const model = await engine.compile(networkByName(NETWORK, size), 1);
  const random = stream(1, 'speed-test');
  const images = Uint8Array.from({ length: BATCH * 32 * 32 * 3 }, () => random.integer(256));
  const labels = Int32Array.from({ length: BATCH }, (_, i) => i % 10);
  const step = async () => {
    const { losses } = await model.step({
      images,
      labels,
      weights: new Float32Array(BATCH).fill(1 / BATCH),
      learningRate: 0.05,
      weightDecay: 0,
      gamma: null,
      gammaBatch: null,
      ceiling: null,
    });
    return losses.reduce((a, b) => a + b, 0) / BATCH;
  };
  // The first step also builds the engine's kernels.
  const before = await step();
  let after = before;
  let steps = 0;
  const start = performance.now();
  const seconds = () => (performance.now() - start) / 1000;
  while (steps < MIN_STEPS || seconds() < MIN_SECONDS) {
    after = await step();
    steps += 1;
  }
  const imagesPerSecond = (steps * BATCH) / seconds();
  model.dispose();
  return { engine: engine.info, imagesPerSecond, network: NETWORK, learned: after < before };
}

function send(message: ProbeMessage): void {
  process.send!(message, undefined, undefined, () => process.exit(0));
}

probe(process.argv[2] as EnginePreference).then(
  (report) => send({ report }),
  (error: unknown) => {
    if (!(error instanceof ExpectedError)) throw error;
    send({ error: error.toValue() });
  },
);
