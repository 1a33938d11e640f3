import { fileCollection, type ImageFile } from './file-collection.ts';
import { looksLikeImageName } from './image-type.ts';
import { type Collection, type Example, type Source, type SourceContext, UnusableFile } from './source.ts';
import { folderOf, joined, lastPart, type Tree } from './trees/tree.ts';

const MAX_LABEL_BYTES = 1 << 20;
/** Endings of labels, most telling first. */
const LABELS = ['cls', 'json', 'txt'];
const JSON_KEYS = ['label', 'cls', 'class', 'class_id', 'target', 'y', 'class_name', 'category'];

interface Sample {
  image: string | null;
  labels: Map<string, string>;
}

/** Whether members go together by name as in WebDataset: an image and a .cls, .json or .txt of the same key. */
export function isWebDataset(files: string[]): boolean {
  const samples = group(files.slice(0, 4000));
  return [...samples.values()].some(({ image, labels }) => image !== null && labels.size > 0);
}

/**
 * Opens WebDataset shards: members of one key (the name up to the first dot of its last part) are one sample, an
 * image with its label as .cls, .txt or a key of .json. Shards are test images by the beginning of their name.
 * @param folders of the shards; '' = the tree is one shard
 * @throws ExpectedError through the readers; samples without label are passed over
 */
export async function openWebDataset(tree: Tree, folders: string[], context: SourceContext): Promise<Source> {
  const open = async (shards: string[]): Promise<Collection | null> => {
    const examples: Example[] = [];
    const images: ImageFile[] = [];
    for (const shard of shards) {
      for (const [key, sample] of group(await tree.listDeep(shard))) {
        const found = await labelOf(tree, sample, context);
        if ('reason' in found) context.skips.add(key, found.reason);
        else {
          examples.push({ id: sample.image!, label: found.label });
          images.push({ name: sample.image! });
        }
      }
    }
    return examples.length > 0 ? fileCollection(tree, examples, images) : null;
  };
  const tests = folders.filter((name) => /^(test|val)/i.test(lastPart(name)));
  const train = folders.filter((name) => !tests.includes(name));
  const collection = await open(train.length > 0 ? train : tests);
  return {
    kind: 'webdataset',
    train: collection ?? fileCollection(tree, []),
    test: train.length > 0 && tests.length > 0 ? await open(tests) : null,
    triggered: null,
    classes: null,
    truth: null,
  };
}

function group(files: string[]): Map<string, Sample> {
  const samples = new Map<string, Sample>();
  for (const file of files) {
    const name = lastPart(file);
    const dot = name.indexOf('.');
    if (dot < 1) continue;
    const key = joined(folderOf(file), name.slice(0, dot));
    const ending = name.slice(dot + 1).toLowerCase();
    const sample = samples.get(key) ?? { image: null, labels: new Map<string, string>() };
    samples.set(key, sample);
    if (looksLikeImageName(name)) sample.image ??= file;
    else if (LABELS.includes(ending)) sample.labels.set(ending, file);
  }
  return samples;
}

async function labelOf(
  tree: Tree,
  { image, labels }: Sample,
  { mapping }: SourceContext,
): Promise<{ label: string } | { reason: string }> {
  if (image === null) return { reason: 'a sample without an image' };
  const ending = LABELS.find((one) => labels.has(one));
  if (ending === undefined) return { reason: 'a sample without a label (.cls, .json or .txt)' };
  let text: string;
  try {
    text = (await tree.read(labels.get(ending)!, MAX_LABEL_BYTES)).toString('utf8').trim();
  } catch (error) {
    if (error instanceof UnusableFile) return { reason: `its label: ${error.reason}` };
    throw error;
  }
  if (ending !== 'json')
    return text === '' ? { reason: 'its label is empty' } : { label: text.normalize('NFC') };
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return { reason: 'its label is not valid JSON' };
  }
  return jsonLabel(value, mapping);
}

function jsonLabel(
  value: unknown,
  mapping: SourceContext['mapping'],
): { label: string } | { reason: string } {
  if (typeof value === 'number' || typeof value === 'string')
    return { label: String(value).normalize('NFC') };
  if (value === null || typeof value !== 'object' || Array.isArray(value)) {
    return { reason: 'its label is neither a number, a text nor an object' };
  }
  const fields = value as Record<string, unknown>;
  const plain = Object.keys(fields).filter((key) =>
    ['number', 'string', 'boolean'].includes(typeof fields[key]),
  );
  const guess = JSON_KEYS.find((key) => plain.includes(key)) ?? plain[0];
  if (guess === undefined) return { reason: 'its label has no field with a number or text' };
  const choices = plain
    .slice(0, 200)
    .map((key) => ({ value: key, text: `${key} (${String(fields[key]).slice(0, 40)})` }));
  const key = mapping.ask('label', 'Label', choices, guess, JSON_KEYS.includes(guess));
  const label = Object.hasOwn(fields, key) ? fields[key] : undefined;
  if (!['number', 'string', 'boolean'].includes(typeof label)) return { reason: `it has no "${key}"` };
  return { label: String(label).normalize('NFC').trim() };
}
