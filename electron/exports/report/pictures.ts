import sharp from 'sharp';
import type { StoredDataset } from '../../datasets/store.ts';
import { encodePng, imageBatches } from '../dataset/images.ts';
import type { DifferenceSheet, TriggerPicture } from '../../../shared/contract/results.ts';
import { triggerPng } from '../triggers.ts';
import type { Averages, Picture } from './data.ts';

/** Pixels between the images of a sheet. */
const GAP = 2;
const COLUMNS = 12;
/** Of a sheet's file, in pixels. */
const WIDEST = 1200;
/** Kept images that an average is taken over. */
const MOST_AVERAGED = 1000;

/**
 * A sheet of training images, a dozen in a row.
 * @param examples positions in the training set; the first `rows` rows are shown
 * @param describe says what they are: 'The 24 training images that …'
 */
export async function imageSheet(
  stored: StoredDataset,
  examples: readonly number[],
  { rows: most, describe }: { rows: number; describe(shown: number): string },
  signal: AbortSignal | undefined,
): Promise<{ picture: Picture; shown: number }> {
  const { height, width } = stored.manifest;
  const shown = examples.slice(0, COLUMNS * most);
  const rows = Math.ceil(shown.length / COLUMNS);
  const columns = Math.min(COLUMNS, shown.length);
  const size = { width: columns * (width + GAP) - GAP, height: rows * (height + GAP) - GAP };
  const canvas = new Canvas(size, stored.manifest);
  const place = new Map(shown.map((example, i) => [example, i]));
  for await (const { indices, images } of imageBatches(stored, 'train', shown.toSorted(rising), signal)) {
    indices.forEach((index, k) => {
      const at = place.get(index)!;
      canvas.put(images, k, at % COLUMNS, Math.floor(at / COLUMNS));
    });
  }
  const alternative = `${describe(shown.length)}, in rows of ${columns}.`;
  return { picture: { ...size, png: await canvas.png(), alternative }, shown: shown.length };
}

/**
 * What the suspects of a class have in common: their mean image beside that of other images with the same label.
 * @param of the class's name, for the descriptions
 * @returns null where one of the two groups is empty
 */
export async function averageImages(
  stored: StoredDataset,
  { suspects, label, of }: { suspects: readonly number[]; label: number; of: string },
  signal: AbortSignal | undefined,
): Promise<Averages | null> {
  const labels = await stored.labels('train');
  const isolated = new Set(suspects);
  const own = suspects.filter((index) => labels[index] === label).toSorted(rising);
  const others: number[] = [];
  for (let i = 0; i < labels.length && others.length < MOST_AVERAGED; i++) {
    if (labels[i] === label && !isolated.has(i)) others.push(i);
  }
  if (own.length === 0 || others.length === 0) return null;
  const [a, b] = [await meanImage(stored, own, signal), await meanImage(stored, others, signal)];
  const apart = a.map((value, i) => Math.abs(value - b[i]!));
  const most = Math.max(...apart, 1);
  const picture = async (values: Float64Array, alternative: string): Promise<Picture> => {
    const { width, height } = stored.manifest;
    const png = await encodePng(Uint8Array.from(values, Math.round), stored.manifest);
    return { png, width, height, alternative };
  };
  return {
    class: label,
    suspects: await picture(a, `Mean of the suspects labelled “${of}”.`),
    others: await picture(b, `Mean of other training images labelled “${of}”.`),
    difference: await picture(
      apart.map((value) => (value / most) * 255),
      'Where the two differ; bright means much.',
    ),
    counts: { suspects: own.length, others: others.length },
  };
}

/** Suspects above the kept images that look most alike, above their differences. @param of the class's name */
export async function pairsPicture(sheet: DifferenceSheet, of: string): Promise<Picture> {
  const { width, height, pairs } = sheet;
  const size = { width: pairs.length * (width + GAP) - GAP, height: 3 * (height + GAP) - GAP };
  const canvas = new Canvas(size, sheet);
  pairs.forEach(({ pixels }, column) => {
    const images = Buffer.from(pixels, 'base64');
    for (let row = 0; row < 3; row++) canvas.put(images, row, column, row);
  });
  const alternative = `Three rows: ${pairs.length} suspects of class “${of}”, the kept image that looks most like each, and their difference.`;
  return { ...size, png: await canvas.png(), alternative };
}

/** A reconstructed trigger on a grey image. @param of the class's name, for the description */
export async function triggerPicture(trigger: TriggerPicture, of: string): Promise<Picture> {
  const { height, width } = trigger;
  return {
    png: await triggerPng(trigger),
    height,
    width,
    alternative: `The reconstructed trigger of class “${of}” on a grey image.`,
  };
}

async function meanImage(
  stored: StoredDataset,
  indices: readonly number[],
  signal: AbortSignal | undefined,
): Promise<Float64Array> {
  const { height, width, channels } = stored.manifest;
  const sum = new Float64Array(height * width * channels);
  for await (const { images } of imageBatches(stored, 'train', indices, signal)) {
    for (let i = 0; i < images.length; i++) sum[i % sum.length]! += images[i]!;
  }
  return sum.map((value) => value / indices.length);
}

/** A white sheet that images of one size are put on, in rows and columns. */
class Canvas {
  readonly #size: { width: number; height: number };
  readonly #image: { width: number; height: number; channels: number };
  readonly #pixels: Uint8Array;

  constructor(
    size: { width: number; height: number },
    image: { width: number; height: number; channels: number },
  ) {
    this.#size = size;
    this.#image = image;
    this.#pixels = new Uint8Array(size.width * size.height * image.channels).fill(255);
  }

  /** @param images one after another @param index of the one that is put */
  put(images: Uint8Array, index: number, column: number, row: number): void {
    const { width, height, channels } = this.#image;
    const [left, top] = [column * (width + GAP), row * (height + GAP)];
    for (let y = 0; y < height; y++) {
      const from = (index * height + y) * width * channels;
      const to = ((top + y) * this.#size.width + left) * channels;
      this.#pixels.set(images.subarray(from, from + width * channels), to);
    }
  }

  /** Large sheets of photographs with fewer colours, so that the report stays small. */
  async png(): Promise<Buffer> {
    const raw = { ...this.#size, channels: this.#image.channels as 1 | 3 };
    const image = sharp(this.#pixels, { raw });
    const wide = this.#size.width > WIDEST ? image.resize({ width: WIDEST }) : image;
    const png = await wide.clone().png({ compressionLevel: 9 }).toBuffer();
    if (png.length < 1_000_000) return png;
    return wide.png({ palette: true, colours: 128, compressionLevel: 9 }).toBuffer();
  }
}

function rising(a: number, b: number): number {
  return a - b;
}
