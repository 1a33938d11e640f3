import { checkArray } from '../arrays/stored-array.ts';
import { UnusableFile } from '../source.ts';
import type { Tree } from '../trees/tree.ts';
import { pendingTensors, storageType } from './callables.ts';
import { readPickle } from './interpreter.ts';
import { PickledArray, type PickledStorage, type PickledValue, textOf } from './values.ts';

/** The pickle of a file that torch.save wrote; null when the archive is none. */
export function torchPickle(members: string[]): string | null {
  return members.find((name) => /^[^/]+\/data\.pkl$/.test(name)) ?? null;
}

/**
 * Reads a file of torch.save (zip format, PyTorch 1.6 and later): plain tensors in dictionaries, lists and tuples.
 * @param tree the file as an archive. @throws UnusableFile naming what it would run, or what is wrong with it
 */
export async function readTorch(tree: Tree, pickle: string): Promise<PickledValue> {
  const folder = pickle.slice(0, -'data.pkl'.length);
  const byteorder = await tree.find('', `${folder}byteorder`);
  if ('name' in byteorder && (await tree.read(byteorder.name, 64)).toString('latin1').trim() !== 'little') {
    throw new UnusableFile('it was written on a computer of another byte order');
  }
  const value = readPickle(await tree.open(pickle), storageOf);
  await resolve(value, async (array) => {
    const pending = pendingTensors.get(array);
    if (!pending || array.array) return;
    const { key, ...rest } = pending;
    const found = await tree.find('', `${folder}data/${key}`);
    if (!('name' in found)) throw new UnusableFile('damaged: the numbers of a tensor are missing');
    array.array = checkArray({ ...rest, slice: await tree.open(found.name) });
  });
  return value;
}

/** ('storage', torch.FloatStorage, '0', 'cpu', count) */
function storageOf(id: PickledValue): PickledStorage {
  const [word, type, key] = Array.isArray(id) ? id : [];
  const name = textOf(key);
  if (textOf(word) !== 'storage' || name === null || !/^\d{1,9}$/.test(name)) {
    throw new UnusableFile('damaged: a pickle that cannot be read');
  }
  return { key: name, type: storageType(type) };
}

/** Tensors lie at most three levels deep in what is of interest here. */
async function resolve(
  value: PickledValue,
  visit: (array: PickledArray) => Promise<void>,
  depth = 0,
): Promise<void> {
  if (value instanceof PickledArray) await visit(value);
  else if (depth < 3 && value instanceof Map) {
    for (const item of value.values()) await resolve(item, visit, depth + 1);
  } else if (depth < 3 && Array.isArray(value)) {
    for (const item of value.slice(0, 64)) await resolve(item, visit, depth + 1);
  }
}
