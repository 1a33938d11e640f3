import { flagsOf, type NamedValue } from './arrays/labels.ts';
import { isNpyHead, openNpy } from './arrays/npy.ts';
import { namedValues } from './arrays/open-arrays.ts';
import { isPickleHead, readPickle } from './pickle/interpreter.ts';
import { type KnownPoison, refusing, UnusableFile } from './source.ts';
import { readText } from './table.ts';
import type { Tree } from './trees/tree.ts';

/**
 * Reads which training images are poisoned from a file of flags (one for each image) or positions (from 0, in the
 * source's own order): .npy, a pickled list or array, a JSON list, or numbers in plain text.
 * @param count training images
 * @returns null when the file is something else, such as a truth list
 * @throws ExpectedError 'bad-input' naming the file and what does not fit
 */
export async function readFlags(tree: Tree, name: string, count: number): Promise<KnownPoison | null> {
  const file = tree.describe(name);
  return refusing(`${file} cannot be used`, async () => {
    const value = await readValue(tree, name);
    return value && { poisoned: await flagsOf(value, count), trueLabels: null };
  });
}

async function readValue(tree: Tree, name: string): Promise<NamedValue['value'] | null> {
  const head = await tree.head(name, 512);
  if (isNpyHead(head)) {
    const value = await openNpy(await tree.open(name));
    if ('images' in value) throw new UnusableFile('it holds images, not flags');
    return value;
  }
  if (isPickleHead(head)) {
    const [first] = namedValues(readPickle(await tree.open(name)));
    if (!first) throw new UnusableFile('the pickle holds no list or array of numbers');
    return first.value;
  }
  // Anything with letters is a list of paths, and read as such.
  if (!/^\ufeff?[[\s\d,;\]]+$/.test(head.toString('utf8'))) return null;
  const text = await readText(tree, name);
  return (text.match(/[^\s,;[\]\ufeff]+/g) ?? []).map(Number);
}
