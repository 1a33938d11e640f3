/**
 * Checks exported ONNX files with other people's programs: the checker of the `onnx` package and ONNX Runtime.
 *
 *     python3 -m venv /tmp/onnx && /tmp/onnx/bin/pip install onnx onnxruntime numpy
 *     node tests/reference/check-onnx.ts /tmp/onnx/bin/python [NETWORK …]
 *
 * For each network of the zoo a model with weights that are nowhere 0 or 1 is exported and asked about 100 images;
 * its logits must be those of this machine's engine to 1e-4 (check_onnx.py). No test: it needs Python packages.
 */
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createEngine } from '../../electron/engine/index.ts';
import { onnxModel } from '../../electron/exports/models/onnx.ts';
import { DEFAULT_COMPILE_OPTIONS } from '../../shared/contract/engine.ts';
import { networkByName } from '../../shared/networks/zoo.ts';
import { stream } from '../../shared/random.ts';
import { referenceWeights } from './weights.ts';

const IMAGES = 100;
const ZOO = [
  'small-cnn',
  'wrn-16-1',
  'wrn-28-2',
  'resnet-18',
  'resnet-34',
  'resnet-18-cifar',
  'resnet-34-cifar',
  'preact-resnet-18',
  'vgg-11-bn',
  'vgg-13-bn',
  'vgg-16-bn',
];

const [python, ...wanted] = process.argv.slice(2);
if (!python) {
  process.stderr.write('usage: node tests/reference/check-onnx.ts PYTHON [NETWORK …]\n');
  process.exit(2);
}
const engine = await createEngine('auto');
const folder = mkdtempSync(join(tmpdir(), 'theriac-onnx-'));
try {
  for (const name of wanted.length > 0 ? wanted : ZOO) await write(name);
  process.stdout.write(`against the engine ${engine.info.kind} ${engine.info.version}\n`);
  const { status } = spawnSync(python, [join(import.meta.dirname, 'check_onnx.py'), folder], {
    stdio: 'inherit',
  });
  process.exitCode = status ?? 1;
} finally {
  rmSync(folder, { recursive: true, force: true });
}

/** The model with the images and what our engine answers, in a folder of its name. */
async function write(name: string): Promise<void> {
  const sizes = { height: 32, width: 32, channels: 3, classes: 10 };
  const network = networkByName(name, sizes);
  const tensors = referenceWeights(network);
  const options = { ...DEFAULT_COMPILE_OPTIONS, mean: [0.4, 0.5, 0.6], std: [0.2, 0.3, 0.25] };
  const random = stream(1, 'onnx', name);
  const length = IMAGES * sizes.height * sizes.width * sizes.channels;
  const pixels = Uint8Array.from({ length }, () => random.integer(256));
  const compiled = await engine.compile(network, 1, options);
  await compiled.write(tensors);
  const { logits } = await compiled.evaluate(pixels, new Int32Array(IMAGES));
  compiled.dispose();
  const classes = Array.from({ length: sizes.classes }, (_, i) => `class ${i}`);
  const meta = {
    kind: 'weights' as const,
    method: 'abl' as const,
    network: { name, ...sizes },
    classes,
    options,
    seed: 1,
  };
  const place = join(folder, name);
  mkdirSync(place);
  writeFileSync(join(place, 'model.onnx'), onnxModel({ network, tensors, meta }, '0.0.0'));
  writeFileSync(join(place, 'pixels.bin'), pixels);
  writeFileSync(
    join(place, 'logits.bin'),
    new Uint8Array(logits.buffer, logits.byteOffset, logits.byteLength),
  );
}
