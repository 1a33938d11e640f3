import * as fs from 'node:fs/promises';
import { tmpdir } from 'node:os';
import * as path from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { readTensorFile, writeTensorFile } from './tensor-file.ts';
import { readWeights } from './weights.ts';

let folder: string;
let file: string;
const tensors = new Map([
  ['conv/kernel', Float32Array.of(1.5, -2, 3e-38, Infinity)],
  ['momentum:fc/bias', Float32Array.of(0.1)],
]);
const value = { text: 'Zürich “ok”', nested: [1, null, 0.1] };

beforeAll(async () => {
  folder = await fs.mkdtemp(path.join(tmpdir(), 'theriac-tensors-'));
});
afterAll(() => fs.rm(folder, { recursive: true, force: true }));

async function written(): Promise<Buffer> {
  file = path.join(folder, 'a.safetensors');
  await writeTensorFile(file, { tensors, value }, new Map([['conv/kernel', [2, 2]]]));
  return fs.readFile(file);
}

it('gives back what was written, and leaves no temporary file', async () => {
  await written();
  expect(await readTensorFile(file)).toEqual({ tensors, value });
  expect(await fs.readdir(folder)).toEqual(['a.safetensors']);
});

it('writes the safetensors format', async () => {
  const bytes = await written();
  const length = Number(bytes.readBigUInt64LE());
  expect(length % 8).toBe(0);
  const header = JSON.parse(bytes.toString('utf8', 8, 8 + length)) as Record<string, Record<string, unknown>>;
  expect(header['conv/kernel']).toEqual({ dtype: 'F32', shape: [2, 2], data_offsets: [0, 16] });
  expect(header['momentum:fc/bias']).toEqual({ dtype: 'F32', shape: [1], data_offsets: [16, 20] });
  expect(Object.values(header.__metadata__!).every((entry) => typeof entry === 'string')).toBe(true);
  expect(bytes.readFloatLE(8 + length + 4)).toBe(-2);
  expect(bytes.length).toBe(8 + length + 20);
});

it('finds every kind of damage', async () => {
  const bytes = await written();
  for (const at of [3, 20, 100, bytes.length - 22, bytes.length - 1]) {
    const changed = Buffer.from(bytes);
    changed[at]! ^= 1;
    await fs.writeFile(file, changed);
    await expect(readTensorFile(file), `byte ${at}`).rejects.toMatchObject({ code: 'bad-input' });
  }
  for (const length of [0, 5, 50, bytes.length - 1]) {
    await fs.writeFile(file, bytes.subarray(0, length));
    await expect(readTensorFile(file), `${length} bytes`).rejects.toMatchObject({ code: 'bad-input' });
  }
});

it('names a file that is not there, cannot be written, or holds something else', async () => {
  await expect(readTensorFile(path.join(folder, 'none'))).rejects.toMatchObject({ code: 'not-found' });
  const elsewhere = path.join(folder, 'missing', 'x.safetensors');
  await expect(writeTensorFile(elsewhere, { tensors, value })).rejects.toMatchObject({
    code: 'storage',
    message: expect.stringContaining(elsewhere),
  });
  await written();
  await expect(readWeights(file)).rejects.toMatchObject({
    message: `${file} holds no weights of a trained model.`,
  });
});
