import { fileCollection } from './file-collection.ts';
import { type Collection, type Example, sortClasses, type Source, type SourceContext } from './source.ts';
import { readTable } from './table.ts';
import { joined, lastPart, type Listing, type Tree } from './trees/tree.ts';

/** Whether a folder is laid out as Tiny ImageNet: train/, val/ and wnids.txt, or val/val_annotations.txt. */
export async function isTinyImageNet(tree: Tree, { folders, files }: Listing): Promise<boolean> {
  const names = new Set(folders.map(lastPart));
  if (!names.has('train') || !names.has('val')) return false;
  if (files.some((name) => lastPart(name) === 'wnids.txt')) return true;
  const val = folders.find((name) => lastPart(name) === 'val')!;
  return (await tree.list(val)).files.some((name) => lastPart(name) === 'val_annotations.txt');
}

/**
 * Opens Tiny ImageNet: train/<wnid>/images/*, val/images/* with val_annotations.txt (file, wnid, box). The
 * validation images are the test split; its own test images have no labels. Classes are called by the first of their
 * words where these differ, else by their wnid.
 * @throws ExpectedError 'bad-input' when its lists cannot be read
 */
export async function openTinyImageNet(
  tree: Tree,
  { folders, files }: Listing,
  context: SourceContext,
): Promise<Source> {
  const folder = (name: string) => folders.find((one) => lastPart(one) === name)!;
  const train: Example[] = [];
  for (const wnid of (await tree.list(folder('train'))).folders) {
    for (const id of await tree.listDeep(wnid)) {
      if (!/_boxes\.txt$/.test(id)) train.push({ id, label: lastPart(wnid) });
    }
  }
  const val = await validation(tree, folder('val'), context);
  const test = folders.find((one) => lastPart(one) === 'test');
  if (test)
    context.skips.add(
      test,
      'the test images of Tiny ImageNet have no labels: its validation images are taken',
    );
  const words = files.find((name) => lastPart(name) === 'words.txt');
  const names = await classNames(tree, words, new Set(train.map(({ label }) => label)));
  const renamed = (examples: Example[]): Collection =>
    fileCollection(
      tree,
      examples.map(({ id, label }) => ({ id, label: names.get(label) ?? label })),
    );
  return {
    kind: 'tiny-imagenet',
    train: renamed(train),
    test: val.length > 0 ? renamed(val) : null,
    triggered: null,
    classes: null,
    truth: null,
  };
}

async function validation(tree: Tree, val: string, { skips }: SourceContext): Promise<Example[]> {
  const { folders, files } = await tree.list(val);
  const list = files.find((name) => lastPart(name) === 'val_annotations.txt');
  const examples: Example[] = [];
  if (!list) {
    for (const wnid of folders) {
      for (const id of await tree.listDeep(wnid)) examples.push({ id, label: lastPart(wnid) });
    }
    return examples;
  }
  for (const { line, cells } of await readTable(tree, list)) {
    const [file = '', wnid = ''] = cells;
    const found = await tree.find(joined(val, 'images'), file);
    if (file === '' || wnid === '') skips.add(`${list}, line ${line}`, 'no file name or no class');
    else if ('name' in found) examples.push({ id: found.name, label: wnid });
    else skips.add(joined(val, file), found.reason);
  }
  return examples;
}

/** First words of the classes, if all differ. */
async function classNames(
  tree: Tree,
  words: string | undefined,
  wnids: Set<string>,
): Promise<Map<string, string>> {
  if (words === undefined) return new Map();
  const names = new Map<string, string>();
  for (const { cells } of await readTable(tree, words)) {
    const [wnid = '', text = ''] = cells;
    const first = text.split(',')[0]!.trim().normalize('NFC');
    if (wnids.has(wnid) && first !== '') names.set(wnid, first);
  }
  const distinct =
    new Set(names.values()).size === wnids.size && sortClasses(names.keys()).length === wnids.size;
  return distinct ? names : new Map();
}
