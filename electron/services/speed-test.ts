import type { EngineInfo } from '../../shared/contract/engine.ts';
import { networkByName } from '../../shared/networks/zoo.ts';
import { stream } from '../../shared/random.ts';
import { createEngine, type EnginePreference } from '../engine/index.ts';

export interface SpeedReport {
  engine: EngineInfo;
  /** Of the speed test's network, batch 64, 32x32 colour images. */
  imagesPerSecond: number;
  network: string;
  /** Whether the loss fell, as it must when gradients are right. */
  learned: boolean;
}

export const SPEED_TEST_NETWORK = 'small-cnn';
/** What the speed test trains on. */
export const SPEED_TEST_SIZE = { height: 32, width: 32, channels: 3, classes: 10 };

const BATCH = 64;
const MIN_SECONDS = 3;
const MIN_STEPS = 5;

/** Starts an engine in this process and trains a small network for some seconds. @throws ExpectedError 'no-engine' */
export async function speedTest(preference: EnginePreference): Promise<SpeedReport> {
  const engine = await createEngine(preference);
  const { height, width, channels, classes } = SPEED_TEST_SIZE;
  const model = await engine.compile(networkByName(SPEED_TEST_NETWORK, SPEED_TEST_SIZE), 1);
  const random = stream(1, 'speed-test');
  const images = Uint8Array.from({ length: BATCH * height * width * channels }, () => random.integer(256));
  const labels = Int32Array.from({ length: BATCH }, (_, i) => i % classes);
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
  return { engine: engine.info, imagesPerSecond, network: SPEED_TEST_NETWORK, learned: after < before };
}
