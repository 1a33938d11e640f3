/**
 * Whole training steps of the native engine, timed one by one.
 * Arguments: NETWORK BATCH STEPS [SIDE]; prints one JSON line { milliseconds, cpuSeconds, losses, peakMB, engine }.
 * SIDE is that of the images in pixels, 32 by default. Thread counts come from the environment, as TensorFlow reads
 * them.
 */
import { createEngine } from '../../electron/engine/index.ts';
import { networkByName } from '../../shared/networks/zoo.ts';
import { Random } from '../../shared/random.ts';

const [name, batchText, stepsText, sideText = '32'] = process.argv.slice(2) as [
  string,
  string,
  string,
  string?,
];
const batch = Number(batchText);
const side = Number(sideText);
const network = networkByName(name, { height: side, width: side, channels: 3, classes: 10 });
const engine = await createEngine('native');
const model = await engine.compile(network, 1);
const random = new Random(1);
const images = Uint8Array.from({ length: batch * side * side * 3 }, () => random.integer(256));
const labels = Int32Array.from({ length: batch }, () => random.integer(10));
const weights = new Float32Array(batch).fill(1 / batch);
const options = { learningRate: 0.1, weightDecay: 1e-4, gamma: null, gammaBatch: null, ceiling: null };

const milliseconds: number[] = [];
const losses: number[] = [];
let cpu = process.cpuUsage();
for (let i = 0; i < Number(stepsText) + 5; i++) {
  if (i === 5) cpu = process.cpuUsage();
  const start = performance.now();
  const step = await model.step({ images, labels, weights, ...options });
  losses.push(step.losses.reduce((sum, loss) => sum + loss, 0) / batch);
  if (i >= 5) milliseconds.push(performance.now() - start);
}
const used = process.cpuUsage(cpu);
console.log(
  JSON.stringify({
    milliseconds,
    cpuSeconds: (used.user + used.system) / 1e6,
    losses,
    peakMB: process.resourceUsage().maxRSS / 1000,
    engine: engine.info,
  }),
);
