/**
 * How long the playground's models take for one image: `node tests/bench/playground.ts [native|wasm|cpu]`.
 * Three models (naive, ABL, oracle) of a network answer for an image of 32 x 32, as they do after each stroke, and
 * then say what the answer rests on.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import type { EnginePreference } from '../../electron/engine/index.ts';
import { answersForPixels } from '../../electron/services/helper/answers.ts';
import type { ModelFile } from '../../electron/services/helper/protocol.ts';
import { saliencyOf } from '../../electron/services/helper/saliency.ts';
import { weightsMeta, writeWeights } from '../../electron/trainer/weights.ts';
import { DEFAULT_COMPILE_OPTIONS } from '../../shared/contract/engine.ts';
import { METHODS } from '../../shared/contract/trainer.ts';
import { networkByName } from '../../shared/networks/zoo.ts';
import { stream } from '../../shared/random.ts';
import { referenceWeights } from '../reference/weights.ts';

const NETWORKS = ['small-cnn', 'wrn-16-1', 'resnet-18-cifar'];
const TIMES = 20;

const engine = (process.argv[2] ?? 'auto') as EnginePreference;
const folder = mkdtempSync(join(tmpdir(), 'theriac-playground-'));
const random = stream(1, 'bench-playground');
try {
  process.stdout.write(
    `engine ${engine}, three models, one image of 32 x 32; milliseconds, median (fastest) of ${TIMES}\n`,
  );
  for (const name of NETWORKS) {
    const network = networkByName(name, { height: 32, width: 32, channels: 3, classes: 10 });
    const models: ModelFile[] = [];
    for (const method of METHODS) {
      const file = join(folder, `${name}-${method}`);
      const meta = weightsMeta(method, network, [], DEFAULT_COMPILE_OPTIONS, 1);
      await writeWeights(file, network, { tensors: referenceWeights(network), reestimated: null, meta });
      models.push({ method, file });
    }
    const image = () => Uint8Array.from({ length: 32 * 32 * 3 }, () => random.integer(256));
    const first = performance.now();
    await answersForPixels(models, image(), engine);
    const loading = performance.now() - first;
    const answers = await timed(() => answersForPixels(models, image(), engine));
    const saliency = await timed(() => saliencyOf(models, image(), engine));
    process.stdout.write(
      `${name.padEnd(18)}first ${loading.toFixed(0)}, answers ${answers}, saliency ${saliency}\n`,
    );
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}

async function timed(work: () => Promise<unknown>): Promise<string> {
  const took: number[] = [];
  for (let i = 0; i < TIMES; i++) {
    const from = performance.now();
    await work();
    took.push(performance.now() - from);
  }
  took.sort((a, b) => a - b);
  return `${took[TIMES / 2]!.toFixed(0)} (${took[0]!.toFixed(0)})`;
}
