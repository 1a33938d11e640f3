import { packedCollection } from '../packed.ts';
import { PickledArray, type PickledValue, textOf } from '../pickle/values.ts';
import { type Source, type SourceContext, UnusableFile } from '../source.ts';
import { ArrayImages, byteScale, type Span } from './array-images.ts';
import { AXES, guessAxes } from './axes.ts';
import { classLabels } from './labels.ts';
import { shapeText, sizeOf, type StoredArray, valuesOf } from './stored-array.ts';

/** Images with their labels, one array each, as a Python list of (image, label) holds them. */
export interface ImagePairs {
  images: StoredArray[];
  labels: (number | string)[];
}

const REMEDY = 'save plain arrays instead, e.g. numpy.savez("set.npz", x=numpy.stack(images), y=labels)';

/**
 * What an array of Python objects holds, where that is data: (image, label) in each row, as the published code of ABL
 * saves its sets, or plain numbers and texts.
 * @param objects items in the order of the array, last axis fastest
 * @throws UnusableFile with a remedy
 */
export async function objectValues(
  shape: number[],
  objects: PickledValue[],
): Promise<ImagePairs | (number | string)[]> {
  if (shape.length === 2 && shape[1] === 2) {
    const rows = Array.from({ length: shape[0]! }, (_, i) => objects.slice(2 * i, 2 * i + 2));
    const pairs = await imagePairs(rows);
    if (pairs) return pairs;
  } else if (shape.length === 1) {
    const plain = objects.map(plainValue);
    if (plain.every((value) => value !== null)) return plain;
    const pairs = await imagePairs(objects);
    if (pairs) return pairs;
  }
  throw new UnusableFile(
    `it holds Python objects other than pairs of image and label, numbers and texts: ${REMEDY}`,
  );
}

/** Rows of an image and its label; null when they are something else. @throws UnusableFile for a label that is none */
export async function imagePairs(rows: PickledValue[]): Promise<ImagePairs | null> {
  const pairs: ImagePairs = { images: [], labels: [] };
  for (const row of rows) {
    if (!Array.isArray(row) || row.length !== 2) return null;
    const [image, label] = row;
    if (!(image instanceof PickledArray) || !image.array || image.array.type.kind === 'text') return null;
    pairs.images.push(image.array);
    pairs.labels.push(await labelOf(label!));
  }
  return pairs.images.length > 0 ? pairs : null;
}

/** Labels are numbers, texts, or arrays of one number. */
async function labelOf(value: PickledValue): Promise<number | string> {
  const plain = plainValue(value);
  if (plain !== null) return plain;
  const array = value instanceof PickledArray ? value.array : null;
  if (array && sizeOf(array.shape) === 1) return (await valuesOf(array))[0]!;
  throw new UnusableFile(`a label in it is neither a number nor a text: ${REMEDY}`);
}

function plainValue(value: PickledValue): number | string | null {
  if (typeof value === 'number') return value;
  return typeof value === 'boolean' ? Number(value) : textOf(value);
}

/**
 * Opens pairs as a source. @param file name in front of '#' and the position
 * @throws UnusableFile for mixed sizes, axes or numbers that make no images
 */
export async function pairSource(file: string, pairs: ImagePairs, context: SourceContext): Promise<Source> {
  const { images } = pairs;
  const { shape } = images[0]!;
  const odd = images.findIndex((image) => image.shape.join() !== shape.join());
  if (odd >= 0) {
    const sizes = `${shapeText(shape)} and ${shapeText(images[odd]!.shape)}`;
    throw new UnusableFile(`its images are of different shapes (${sizes}): they must be of one size`);
  }
  const all = [images.length, ...shape];
  const guess = shape.length === 2 || shape.length === 3 ? guessAxes(all, null) : null;
  if (!guess) throw new UnusableFile(`arrays of shape ${shapeText(shape)} do not hold images`);
  const choices = AXES[all.length]!.filter((axes) => axes.startsWith('N')).map((axes) => ({
    value: axes,
    text: `${axes} (${shapeText(all)})`,
  }));
  const axes = context.mapping.ask('axes', 'Order of axes', choices, guess.axes, guess.sure);
  // One at a time: each is an array of its own, and there may be very many.
  const open = (index: number) => ArrayImages.open(asFirst(images[index]!), axes, context.scratch);
  const { layout } = await open(0);
  const scale = await scaleOf(images, open, context);
  const labels = await classLabels(pairs.labels, null);
  const { height, width, channels } = layout;
  const read = async (index: number) => {
    const image = await open(index);
    image.scale(scale);
    return image.read(0);
  };
  return {
    kind: 'arrays',
    train: packedCollection([{ height, width, channels, labels, file, read }]),
    test: null,
    triggered: null,
    classes: null,
    truth: null,
  };
}

/** The array as the only one of an array with one axis more. */
function asFirst(array: StoredArray): StoredArray {
  const size = sizeOf(array.shape);
  return { ...array, shape: [1, ...array.shape], strides: [size, ...array.strides] };
}

async function scaleOf(
  images: StoredArray[],
  open: (index: number) => Promise<ArrayImages>,
  { scratch }: SourceContext,
): Promise<ReturnType<typeof byteScale>> {
  const together: Span = { low: 0, high: 0 };
  const types: ArrayImages['type'][] = [];
  for (const index of images.keys()) {
    const image = await open(index);
    if (types.length === 0 || image.type.kind !== types[0]!.kind || image.type.bytes !== types[0]!.bytes)
      types.push(image.type);
    if (image.bytes) continue;
    const { low, high } = await image.span(scratch);
    together.low = Math.min(together.low, low);
    together.high = Math.max(together.high, high);
  }
  return types.length === 1 && types[0]!.kind === 'unsigned' && types[0]!.bytes === 1
    ? null
    : byteScale(types, together);
}
