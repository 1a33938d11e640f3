import type { Images } from '../contract/dataset.ts';
import type { Random } from '../random.ts';

/** Random changes to training images. All sizes in pixels; 0 or false switches one off. */
export interface Augmentation {
  /** Zero padding on each side before a crop back to the image's size at a random place. */
  crop: number;
  /** Mirror every second image, on average, left to right. */
  flip: boolean;
  /**
   * Side of a black square at a random centre, cut off at the image's border. This is the real side: the
   * published code's `Cutout(1, 3)` blackens length // 2 pixels to each side of the centre, thus a square
   * of 2, not of 3. Its result is `cutout: 2` here.
   */
  cutout: number;
}

/** Augmentation with the numbers it draws, or null for images as they are. */
export type Change = { augmentation: Augmentation; random: Random } | null;

/**
 * Copies `indices.length` images of `source` into `target`, one after another, changed at random.
 * Draws for each image in the order row, column, flip, cutout row, cutout column.
 */
export function fillImages(target: Uint8Array, source: Images, indices: Int32Array, change: Change): void {
  const size = source.height * source.width * source.channels;
  if (target.length !== indices.length * size) {
    throw new RangeError(`a batch of ${indices.length} images does not fill ${target.length} bytes`);
  }
  for (let i = 0; i < indices.length; i++) {
    const image = source.image(indices[i]!);
    if (change === null) target.set(image, i * size);
    else augmentOne(target, i * size, source, image, change.augmentation, change.random);
  }
}

function augmentOne(
  target: Uint8Array,
  to: number,
  { height, width, channels }: Images,
  image: Uint8Array,
  { crop, flip, cutout }: Augmentation,
  random: Random,
): void {
  const down = crop > 0 ? random.integer(2 * crop + 1) - crop : 0;
  const right = crop > 0 ? random.integer(2 * crop + 1) - crop : 0;
  const mirror = flip && random.uniform() < 0.5;
  const rowLength = width * channels;
  // Columns of the target that show the source; the others are padding.
  const firstColumn = Math.max(0, -right);
  const lastColumn = Math.min(width, width - right);
  for (let row = 0; row < height; row++) {
    const rowStart = to + row * rowLength;
    const sourceRow = row + down;
    if (sourceRow < 0 || sourceRow >= height || firstColumn >= lastColumn) {
      target.fill(0, rowStart, rowStart + rowLength);
      continue;
    }
    const sourceStart = sourceRow * rowLength + right * channels;
    if (!mirror) {
      const first = firstColumn * channels;
      const last = lastColumn * channels;
      for (let k = 0; k < first; k++) target[rowStart + k] = 0;
      for (let k = first; k < last; k++) target[rowStart + k] = image[sourceStart + k]!;
      for (let k = last; k < rowLength; k++) target[rowStart + k] = 0;
      continue;
    }
    for (let column = 0; column < width; column++) {
      const place = rowStart + (width - 1 - column) * channels;
      const inside = column >= firstColumn && column < lastColumn;
      const pixel = sourceStart + column * channels;
      for (let k = 0; k < channels; k++) target[place + k] = inside ? image[pixel + k]! : 0;
    }
  }
  if (cutout > 0) {
    const top = random.integer(height) - Math.floor(cutout / 2);
    const left = random.integer(width) - Math.floor(cutout / 2);
    const first = Math.max(0, left) * channels;
    const last = Math.min(width, left + cutout) * channels;
    for (let row = Math.max(0, top); row < Math.min(height, top + cutout); row++) {
      target.fill(0, to + row * rowLength + first, to + row * rowLength + last);
    }
  }
}
