/**
 * Whole training steps of the native engine, timed one by one.
 * Arguments: NETWORK BATCH STEPS; prints one JSON line { milliseconds, cpuSeconds, engine }. Thread counts come
 * from the environment, as TensorFlow reads them.
 */
import { createEngine } from '../../electron/engine/index.ts';
import { networkByName } from '../../shared/networks/zoo.ts';
import { Random } from '../../shared/random.ts';

const [name, batchText, stepsText] = process.argv.slice(2) as [string, string, string];
const batch = Number(batchText);
const network = networkByName(name, { height: 32, width: 32, channels: 3, classes: 10 });
const engine = await createEngine('native');
const model = await engine.compile(network, 1);
const random = new Random(1);
const images = Uint8Array.from({ length: batch * 32 * 32 * 3 }, () => random.integer(256));
const labels = Int32Array.from({ length: batch }, () => random.integer(10));
const weights = new Float32Array(batch).fill(1 / batch);
const options = { learningRate: 0.1, weightDecay: 1e-4, gamma: null, gammaBatch: null, ceiling: null };

const milliseconds: number[] = [];
let cpu = process.cpuUsage();
for (let i = 0; i < Number(stepsText) + 5; i++) {
  if (i === 5) cpu = process.cpuUsage();
  const start = performance.now();
  await model.step({ images, labels, weights, ...options });
  if (i >= 5) milliseconds.push(performance.now() - start);
}
const used = process.cpuUsage(cpu);
console.log(
  JSON.stringify({ milliseconds, cpuSeconds: (used.user + used.system) / 1e6, engine: engine.info }),
);
