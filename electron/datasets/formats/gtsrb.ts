import { fileCollection, type ImageFile } from './file-collection.ts';
import type { Crop } from './image-file.ts';
import type { Collection, Example, Source, SourceContext } from './source.ts';
import { column, readTable } from './table.ts';
import { folderOf, joined, lastPart, type Tree } from './trees/tree.ts';

const MAX_DEPTH = 5;
/** Folders looked into on one level: all tracks of a class lie in one folder, and one tells for all. */
const MAX_LOOKED = 12;

/** The parts of the German Traffic Sign Recognition Benchmark, wherever they lie. */
export interface GtsrbParts {
  /** Folder of the class folders, or null where lists name the training images (`Train.csv`). */
  classes: string | null;
  /** Lists of training images with "Path", of test images with "ClassId". */
  trainLists: string[];
  testLists: string[];
  /** Folders that hold test images. */
  testFolders: string[];
}

/** Looks for the benchmark's own lists; null = there are none. */
export async function findGtsrb(tree: Tree): Promise<GtsrbParts | null> {
  const found: GtsrbParts = { classes: null, trainLists: [], testLists: [], testFolders: [] };
  let level = [''];
  for (let depth = 0; depth <= MAX_DEPTH && level.length > 0; depth++) {
    const next: string[] = [];
    for (const folder of level) {
      const { folders, files } = await tree.list(folder);
      const names = new Set(files.map(lastPart));
      if ([...names].some((name) => /^GT-\d{5}\.csv$/.test(name))) found.classes ??= folderOf(folder);
      for (const name of files) {
        if (/^GT-final_test\.csv$/i.test(lastPart(name))) found.testLists.push(name);
        if (lastPart(name) === 'Train.csv' && names.has('Test.csv')) found.trainLists.push(name);
        if (lastPart(name) === 'Test.csv' && names.has('Train.csv')) found.testLists.push(name);
      }
      if (files.some((name) => /^\d{5}\.ppm$/i.test(lastPart(name)))) found.testFolders.push(folder);
      next.push(...folders.slice(0, MAX_LOOKED));
    }
    level = next;
  }
  return found.classes === null && found.trainLists.length === 0 ? null : found;
}

/**
 * Opens GTSRB as it is published: class folders with a list each ("Filename;Width;Height;Roi.X1;…;ClassId"), test
 * images in one folder with `GT-final_test.csv`; or the form with `Train.csv` and `Test.csv`. The sign's frame
 * (Roi, both corners included) is cut out unless the mapping says not to.
 * @throws ExpectedError 'bad-input' when a list cannot be read
 */
export async function openGtsrb(tree: Tree, parts: GtsrbParts, context: SourceContext): Promise<Source> {
  const crop =
    context.mapping.ask(
      'crop',
      'Cut out the sign',
      [
        { value: 'roi', text: 'the frame in the lists (Roi)' },
        { value: 'none', text: 'no, take the whole image' },
      ],
      'roi',
      true,
    ) === 'roi';
  const train = new Gathered();
  if (parts.classes !== null) {
    for (const folder of (await tree.list(parts.classes)).folders) {
      const { files } = await tree.list(folder);
      const list = files.find((name) => /^GT-\d{5}\.csv$/.test(lastPart(name)));
      if (list) await addList(tree, list, [folder], crop, train, context);
    }
  } else {
    for (const list of parts.trainLists) await addList(tree, list, [folderOf(list)], crop, train, context);
  }
  const test = new Gathered();
  for (const list of parts.testLists) {
    const places = [folderOf(list), ...parts.testFolders];
    await addList(tree, list, places, crop, test, context);
  }
  return {
    kind: 'gtsrb',
    train: train.collection(tree),
    test: test.examples.length > 0 ? test.collection(tree) : null,
    triggered: null,
    classes: null,
    truth: null,
  };
}

class Gathered {
  readonly examples: Example[] = [];
  readonly files: ImageFile[] = [];
  readonly #seen = new Set<string>();

  add(name: string, label: string, crop: Crop | null): boolean {
    if (this.#seen.has(name)) return false;
    this.#seen.add(name);
    this.examples.push({ id: name, label });
    this.files.push(crop ? { name, crop } : { name });
    return true;
  }

  collection(tree: Tree): Collection {
    return fileCollection(tree, this.examples, this.files);
  }
}

async function addList(
  tree: Tree,
  list: string,
  places: string[],
  crop: boolean,
  into: Gathered,
  { skips }: SourceContext,
): Promise<void> {
  const [header, ...rows] = await readTable(tree, list);
  const at = (...names: string[]) => column(header?.cells ?? [], names);
  const columns = {
    path: at('path', 'filename'),
    label: at('classid'),
    roi: [at('roi.x1'), at('roi.y1'), at('roi.x2'), at('roi.y2')],
  };
  if (columns.path < 0 || columns.label < 0) {
    skips.add(list, 'a list without the columns Filename (or Path) and ClassId');
    return;
  }
  for (const { line, cells } of rows) {
    const where = `${list}, line ${line}`;
    const written = cells[columns.path] ?? '';
    const label = cells[columns.label] ?? '';
    if (!/^\d{1,6}$/.test(label) || written === '') {
      skips.add(where, written === '' ? 'no file name' : `the class "${label}" is not a number`);
      continue;
    }
    let reason = '';
    let name: string | null = null;
    for (const place of places) {
      const found = await tree.find(place, written);
      if ('name' in found) {
        name = found.name;
        break;
      }
      reason ||= found.reason;
    }
    if (name === null) {
      skips.add(joined(folderOf(list), written), reason);
      continue;
    }
    const frame = crop ? cropOf(columns.roi.map((index) => Number(cells[index] ?? NaN))) : null;
    if (!into.add(name, String(Number(label)), frame)) skips.add(where, `${name} is listed twice`);
  }
}

/** The frame with both of its corners; null where the list has none. */
function cropOf([x1, y1, x2, y2]: number[]): Crop | null {
  if (![x1, y1, x2, y2].every((n) => Number.isInteger(n))) return null;
  return { left: x1!, top: y1!, width: x2! - x1! + 1, height: y2! - y1! + 1 };
}
