import { readFile, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { BinaryReader, WireType } from '@bufbuild/protobuf/wire';
import type { Tensors } from '../../../shared/contract/engine.ts';
import { ExpectedError } from '../../../shared/contract/errors.ts';
import { parameterSpecs, sizeOf } from '../../../shared/networks/shapes.ts';
import { networkByName } from '../../../shared/networks/zoo.ts';
import { weightsMetaSchema, type WeightsMeta } from '../../trainer/weights.ts';
import { toChannelsLast, withNetwork, type ExportedModel } from './model.ts';
import { WEIGHTS_PREFIX } from './saved-model.ts';

/** Where a SavedModel of ours says what it is. */
export const SAVED_MODEL_META = join('assets.extra', 'theriac.json');
export const ONNX_FILE = 'model.onnx';
export const SAVED_MODEL_FILE = 'saved_model.pb';

/** One file of theirs is read whole. */
const MOST_BYTES = 2 ** 31 - 1;
const MOST_PIXELS = 1024;

/**
 * Reads a model that Theriac exported as ONNX or SavedModel: the file, or the folder that it lies in. Only the
 * values are taken from it; the network is our own of that name, so no graph of a stranger's is run.
 * @throws ExpectedError 'not-found', or 'bad-input' for other models and damaged files
 */
export async function readExportedModel(path: string): Promise<ExportedModel> {
  const file = await modelFile(path);
  const bytes = await readBytes(file);
  try {
    if (basename(file) === SAVED_MODEL_FILE) {
      const meta = await readBytes(join(dirname(file), SAVED_MODEL_META));
      return assembled(file, constantsOf(bytes), parsedMeta(file, meta.toString('utf8')), 'channels last');
    }
    const { tensors, theriac } = onnxTensors(bytes);
    return assembled(file, tensors, parsedMeta(file, theriac), 'channels first');
  } catch (error) {
    if (error instanceof ExpectedError) throw error;
    throw unusable(file, 'it is damaged', error);
  }
}

async function modelFile(path: string): Promise<string> {
  const found = await stat(path).catch(() => null);
  if (!found) throw new ExpectedError('not-found', `There is no file ${path}.`);
  if (found.isFile()) return path;
  for (const name of [ONNX_FILE, SAVED_MODEL_FILE]) {
    if (await stat(join(path, name)).catch(() => null)) return join(path, name);
  }
  throw unusable(path, `the folder holds neither ${ONNX_FILE} nor ${SAVED_MODEL_FILE}`);
}

async function readBytes(file: string): Promise<Buffer> {
  try {
    const { size } = await stat(file);
    if (size > MOST_BYTES) throw unusable(file, 'it is larger than 2 GB');
    return await readFile(file);
  } catch (error) {
    if (error instanceof ExpectedError) throw error;
    const missing = (error as NodeJS.ErrnoException).code === 'ENOENT';
    throw unusable(file, missing ? 'it is not there' : (error as Error).message, error);
  }
}

function parsedMeta(file: string, text: string | null): WeightsMeta {
  if (text === null) throw unusable(file, 'it was not exported by Theriac');
  const meta = weightsMetaSchema.parse(JSON.parse(text));
  const { height, width, classes } = meta.network;
  if (Math.max(height, width) > MOST_PIXELS || meta.classes.length !== classes) {
    throw unusable(file, 'what it says of itself cannot be');
  }
  return meta;
}

function assembled(
  file: string,
  found: ReadonlyMap<string, Uint8Array>,
  meta: WeightsMeta,
  layout: 'channels first' | 'channels last',
): ExportedModel {
  const network = networkByName(meta.network.name, meta.network);
  const tensors: Tensors = new Map();
  for (const { name, shape } of parameterSpecs(network)) {
    const bytes = found.get(name);
    if (bytes?.length !== 4 * sizeOf(shape))
      throw unusable(file, `${name} is missing in it, or has another size`);
    // A copy: bytes of a file are not aligned for floats.
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const values = Float32Array.from({ length: sizeOf(shape) }, (_, i) => view.getFloat32(4 * i, true));
    const turn = layout === 'channels first' && shape.length === 4;
    tensors.set(name, turn ? toChannelsLast(values, shape) : values);
  }
  return withNetwork(tensors, meta);
}

/** The fields of a protocol-buffer message that carry bytes, in their order. */
function* fields(bytes: Uint8Array): Generator<[number, Uint8Array]> {
  const reader = new BinaryReader(bytes);
  while (reader.pos < reader.len) {
    const [field, wire] = reader.tag();
    if (wire === WireType.LengthDelimited) yield [field, reader.bytes()];
    else reader.skip(wire, field);
  }
}

const text = (bytes: Uint8Array) => Buffer.from(bytes).toString('utf8');

/** Initial values by name, and our own entry of the metadata. */
function onnxTensors(bytes: Uint8Array): { tensors: Map<string, Uint8Array>; theriac: string | null } {
  const tensors = new Map<string, Uint8Array>();
  let theriac: string | null = null;
  for (const [field, body] of fields(bytes)) {
    if (field === 14) {
      const entry = new Map(fields(body));
      if (text(entry.get(1) ?? new Uint8Array()) === 'theriac') theriac = text(entry.get(2)!);
    }
    if (field !== 7) continue;
    for (const [part, value] of fields(body)) {
      if (part !== 5) continue;
      const tensor = new Map(fields(value));
      if (tensor.has(8) && tensor.has(9)) tensors.set(text(tensor.get(8)!), tensor.get(9)!);
    }
  }
  return { tensors, theriac };
}

/** The values of a SavedModel's constants that hold parameters. */
function constantsOf(bytes: Uint8Array): Map<string, Uint8Array> {
  const tensors = new Map<string, Uint8Array>();
  for (const metaGraph of every(bytes, 2)) {
    for (const graph of every(metaGraph, 2)) {
      for (const node of every(graph, 1)) {
        const name = text(first(node, 1) ?? new Uint8Array());
        if (!name.startsWith(WEIGHTS_PREFIX)) continue;
        for (const attribute of every(node, 5)) {
          const value = first(attribute, 2);
          const tensor = value && first(value, 8);
          const content = tensor && first(tensor, 4);
          if (content) tensors.set(name.slice(WEIGHTS_PREFIX.length), content);
        }
      }
    }
  }
  return tensors;
}

function* every(bytes: Uint8Array, wanted: number): Generator<Uint8Array> {
  for (const [field, body] of fields(bytes)) if (field === wanted) yield body;
}

function first(bytes: Uint8Array, wanted: number): Uint8Array | undefined {
  return every(bytes, wanted).next().value as Uint8Array | undefined;
}

function unusable(file: string, reason: string, cause?: unknown): ExpectedError {
  return new ExpectedError(
    'bad-input',
    `The model ${file} cannot be used: ${reason}.`,
    'Models that Theriac exported as ONNX or SavedModel can be used.',
    { cause },
  );
}
