/**
 * Checks exported models with other people's programs, as many of them as are named:
 *
 *     python3 -m venv /tmp/py && /tmp/py/bin/pip install onnx onnxruntime numpy torch safetensors
 *     ONNXRUNTIME_NODE_INSTALL=skip npm install --prefix /tmp/ort onnxruntime-node
 *     node tests/reference/check-exports.ts --onnx /tmp/py/bin/python --onnx-node /tmp/ort --torch /tmp/py/bin/python
 *
 * For each network of the zoo (or those named after the options) a model with weights that are nowhere 0 or 1 is
 * exported and asked about 100 images; its logits must be those of this machine's engine to 1e-4. No test: the
 * programs are too large for every checkout (onnxruntime-node carries all systems' libraries, 290 MB).
 */
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { createEngine } from '../../electron/engine/index.ts';
import type { ExportedModel } from '../../electron/exports/models/model.ts';
import { onnxModel } from '../../electron/exports/models/onnx.ts';
import { writeSafetensors } from '../../electron/exports/models/safetensors.ts';
import { DEFAULT_COMPILE_OPTIONS } from '../../shared/contract/engine.ts';
import { networkByName } from '../../shared/networks/zoo.ts';
import { stream } from '../../shared/random.ts';
import { ZOO } from '../bench/zoo.ts';
import { referenceWeights } from './weights.ts';

const IMAGES = 100;

const { values: given, positionals: wanted } = parseArgs({
  options: { onnx: { type: 'string' }, 'onnx-node': { type: 'string' }, torch: { type: 'string' } },
  allowPositionals: true,
});
const script = (name: string) => join(import.meta.dirname, name);
const checks = [
  ...(given.onnx ? [[given.onnx, script('check_onnx.py')]] : []),
  ...(given['onnx-node']
    ? [[process.execPath, script('check-onnx-node.ts'), resolve(given['onnx-node'])]]
    : []),
  ...(given.torch ? [[given.torch, script('check_safetensors.py')]] : []),
];
if (checks.length === 0) {
  process.stderr.write(
    'usage: node tests/reference/check-exports.ts [--onnx PYTHON] [--onnx-node FOLDER] [--torch PYTHON] [NETWORK …]\n',
  );
  process.exit(2);
}
const engine = await createEngine('auto');
const folder = mkdtempSync(join(tmpdir(), 'theriac-exported-'));
try {
  for (const name of wanted.length > 0 ? wanted : ZOO.map((one) => one.name)) await write(name);
  process.stdout.write(
    `against the engine ${engine.info.kind} ${engine.info.version}, ${IMAGES} images each\n`,
  );
  for (const [program, ...more] of checks) {
    const { status } = spawnSync(program!, [...more, folder], { stdio: 'inherit' });
    if (status !== 0) process.exitCode = 1;
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}

/** The model in both formats, with the images and what our engine answers, in a folder of its name. */
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
  const model: ExportedModel = {
    network,
    tensors,
    meta: { kind: 'weights', method: 'abl', network: { name, ...sizes }, classes, options, seed: 1 },
  };
  const place = join(folder, name);
  mkdirSync(place);
  writeFileSync(join(place, 'model.onnx'), onnxModel(model, '0.0.0'));
  await writeSafetensors(model, join(place, 'model.safetensors'));
  writeFileSync(join(place, 'pixels.bin'), pixels);
  writeFileSync(
    join(place, 'logits.bin'),
    new Uint8Array(logits.buffer, logits.byteOffset, logits.byteLength),
  );
}
