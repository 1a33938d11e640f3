/**
 * How long the playground's models take for one image, for every network of the zoo at its usual sizes:
 * `node tests/bench/playground.ts [native|wasm|cpu] [NETWORK …]`. The naive and the ABL model answer, as they do
 * after each stroke, and then say what the answer rests on.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import type { EnginePreference } from '../../electron/engine/index.ts';
import { answersForPixels } from '../../electron/services/helper/answers.ts';
import type { ModelFile } from '../../electron/services/helper/protocol.ts';
import { saliencyOf } from '../../electron/services/helper/saliency.ts';
import { weightsMeta, writeWeights } from '../../electron/trainer/weights.ts';
import { DEFAULT_COMPILE_OPTIONS } from '../../shared/contract/engine.ts';
import { networkByName } from '../../shared/networks/zoo.ts';
import { stream } from '../../shared/random.ts';
import { referenceWeights } from '../reference/weights.ts';
import { ZOO } from './zoo.ts';

const TIMES = { answers: 20, saliency: 3 };

const [engineName = 'auto', ...wanted] = process.argv.slice(2);
const engine = engineName as EnginePreference;
const folder = mkdtempSync(join(tmpdir(), 'theriac-playground-'));
const random = stream(1, 'bench-playground');
try {
  const load = loadavg()[0]!.toFixed(1);
  process.stdout.write(
    `engine ${engine}, two models, one image; load ${load}; milliseconds, median (fastest)\n`,
  );
  for (const { name, sides } of ZOO) {
    if (wanted.length > 0 && !wanted.includes(name)) continue;
    for (const side of sides) await measure(name, side);
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}

async function measure(name: string, side: number): Promise<void> {
  const network = networkByName(name, { height: side, width: side, channels: 3, classes: 10 });
  const models: ModelFile[] = [];
  for (const method of ['naive', 'abl'] as const) {
    const file = join(folder, `${name}-${side}-${method}`);
    const meta = weightsMeta(method, network, [], DEFAULT_COMPILE_OPTIONS, 1);
    await writeWeights(file, network, { tensors: referenceWeights(network), reestimated: null, meta });
    models.push({ method, file });
  }
  const image = () => Uint8Array.from({ length: side * side * 3 }, () => random.integer(256));
  const first = await timed(1, () => answersForPixels(models, image(), engine));
  const answers = await timed(TIMES.answers, () => answersForPixels(models, image(), engine));
  const saliency = await timed(TIMES.saliency, () => saliencyOf(models, image(), engine));
  process.stdout.write(
    `${`${name} ${side}`.padEnd(20)}first ${first}, answers ${answers}, saliency ${saliency}\n`,
  );
}

async function timed(times: number, work: () => Promise<unknown>): Promise<string> {
  const took: number[] = [];
  for (let i = 0; i < times; i++) {
    const from = performance.now();
    await work();
    took.push(performance.now() - from);
  }
  took.sort((a, b) => a - b);
  return `${took[times >> 1]!.toFixed(0)} (${took[0]!.toFixed(0)})`;
}
