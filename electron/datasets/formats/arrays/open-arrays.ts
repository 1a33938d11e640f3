import { readPickle } from '../pickle/interpreter.ts';
import { readTorch, torchPickle } from '../pickle/torch-file.ts';
import { PickledArray, type PickledValue, textOf } from '../pickle/values.ts';
import { dictionaryOf } from '../cifar-pickle.ts';
import { type Source, type SourceContext, refusing, UnusableFile } from '../source.ts';
import { openArchive } from '../trees/archive.ts';
import { lastPart, type Tree } from '../trees/tree.ts';
import { arraySource } from './array-source.ts';
import type { NamedValue } from './labels.ts';
import { openNpy } from './npy.ts';
import { imagePairs, type ImagePairs, pairSource } from './object-array.ts';

/**
 * Opens .npy files that belong together: the members of an .npz archive, or the files of a folder.
 * @param where name for messages and ids
 * @throws ExpectedError 'bad-input' naming the array and the reason
 */
export async function openNumpyArrays(
  tree: Tree,
  names: string[],
  where: string,
  context: SourceContext,
): Promise<Source> {
  const values: NamedValue[] = [];
  let pairs: { name: string; value: ImagePairs } | null = null;
  for (const name of names) {
    await refusing(`${tree.describe(name)} cannot be imported`, async () => {
      const value = await openNpy(await tree.open(name));
      if ('images' in value) {
        if (pairs)
          throw new UnusableFile(`${pairs.name} beside it holds images with labels too: choose one file`);
        pairs = { name, value };
      } else values.push({ name: lastPart(name).replace(/\.npy$/i, ''), value });
    });
  }
  return pairs ? openPairs(tree, pairs, context) : arraySource('arrays', tree.root, where, values, context);
}

function openPairs(
  tree: Tree,
  { name, value }: { name: string; value: ImagePairs },
  context: SourceContext,
): Promise<Source> {
  return refusing(`${tree.describe(name)} cannot be imported`, () =>
    pairSource(lastPart(name), value, context),
  );
}

/** Opens a Python pickle with a dictionary of arrays and lists, or a list of (image, label). @throws ExpectedError 'bad-input' */
export async function openPickledArrays(tree: Tree, name: string, context: SourceContext): Promise<Source> {
  const where = tree.describe(name);
  const read = await refusing(`${where} cannot be imported`, async () => {
    const value = readPickle(await tree.open(name));
    const pairs = Array.isArray(value) ? await imagePairs(value) : null;
    return pairs ?? namedValues(value);
  });
  if (!Array.isArray(read)) return openPairs(tree, { name, value: read }, context);
  return arraySource('pickled-arrays', where, lastPart(name), read, context);
}

/** Opens a file of torch.save with tensors. @throws ExpectedError 'bad-input' */
export async function openTorchFile(
  tree: Tree,
  pickle: string,
  file: string,
  context: SourceContext,
): Promise<Source> {
  const values = await refusing(`${tree.root} cannot be imported`, async () =>
    namedValues(await readTorch(tree, pickle)),
  );
  return arraySource('torch', tree.root, file, values, context);
}

/**
 * Opens files of torch.save that lie side by side, one tensor or list each, as backdoor-toolbox writes them: `imgs`,
 * `labels`, `poison_indices`. @throws ExpectedError 'bad-input'
 */
export async function openTorchFolder(
  tree: Tree,
  names: string[],
  folder: string,
  context: SourceContext,
): Promise<Source> {
  const values: NamedValue[] = [];
  for (const name of names) {
    const archive = await openArchive(tree, name, 'zip', context);
    await refusing(`${tree.describe(name)} cannot be imported`, async () => {
      const value = namedValues(await readTorch(archive, torchPickle(await archive.listDeep(''))!));
      const label = lastPart(name).replace(/\.(pt|pth)$/i, '');
      if (value.length === 1) values.push({ name: label, value: value[0]!.value });
    });
  }
  return arraySource('torch', tree.describe(folder), folder || lastPart(tree.root), values, context);
}

/** Arrays and lists of a dictionary, those of dictionaries in it under "outer.inner"; of a tuple by position. */
export function namedValues(value: PickledValue, prefix = ''): NamedValue[] {
  const named = dictionaryOf(value) ?? (Array.isArray(value) && !plainList(value) ? byPosition(value) : null);
  if (!named) {
    const single = valueOf(value);
    return single ? [{ name: prefix, value: single }] : [];
  }
  const found: NamedValue[] = [];
  for (const [key, item] of named) {
    const name = prefix ? `${prefix}.${key}` : key;
    const own = valueOf(item);
    if (own) found.push({ name, value: own });
    else if (prefix === '') found.push(...namedValues(item, name));
  }
  return found;
}

function byPosition(items: PickledValue[]): Map<string, PickledValue> {
  return new Map(items.slice(0, 64).map((item, i) => [String(i), item]));
}

function valueOf(value: PickledValue): NamedValue['value'] | null {
  if (value instanceof PickledArray) return value.array;
  if (!Array.isArray(value) || !plainList(value)) return null;
  return value.map((item) => (typeof item === 'number' ? item : (textOf(item) ?? Number(item))));
}

function plainList(items: PickledValue[]): boolean {
  return items.every(
    (item) => typeof item === 'number' || typeof item === 'boolean' || textOf(item) !== null,
  );
}
