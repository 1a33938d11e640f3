import type { Images } from '../../contract/dataset.ts';
import type { FixedPixels } from './fixed-pixels.ts';
import { CAREFUL } from './settings.ts';

/**
 * Bytes that images are full of because light or a program clips to them: black and white, and any other that is far more
 * frequent than those further up and down, as 16 and 235 are where video was decoded. In images of few grey levels none is.
 * @param indices images that are looked at, not those in question: a patch makes its own values frequent
 * @returns by byte: 1 or 0
 */
export function clippedBytes(data: Images, indices: Int32Array): Uint8Array {
  const counts = new Float64Array(256);
  for (const index of indices) {
    const image = data.image(index);
    for (let place = 0; place < image.length; place++) counts[image[place]!]!++;
  }
  const near = (value: number) =>
    counts
      .subarray(Math.max(0, value - CAREFUL.fixedLeast), Math.max(0, value + CAREFUL.fixedLeast + 1))
      .reduce((sum, count) => sum + count, 0);
  const { stampBeside } = CAREFUL;
  const distances = Array.from({ length: 4 * stampBeside }, (_, i) => stampBeside + i);
  return Uint8Array.from({ length: 256 }, (_, value) => {
    const usual = distances.map((far) => Math.max(near(value - far), near(value + far)));
    return +(near(value) > CAREFUL.stampOften * Math.max(...usual));
  });
}

/**
 * How many values of a patch clipping does not explain: those that are no clipped bytes, and those of pixels that are as dark
 * as can be in one channel and as bright in another.
 * @param clipped see clippedBytes
 */
export function unclippedValues(
  { places, values, tolerances }: FixedPixels,
  channels: number,
  clipped: Uint8Array,
): number {
  const isDark = (i: number) => values[i]! <= tolerances[i]!;
  const isBright = (i: number) => values[i]! >= 255 - tolerances[i]!;
  const pixelOf = (i: number) => Math.floor(places[i]! / channels);
  const [dark, bright] = [new Set<number>(), new Set<number>()];
  for (let i = 0; i < places.length; i++) {
    if (isDark(i)) dark.add(pixelOf(i));
    if (isBright(i)) bright.add(pixelOf(i));
  }
  const isColour = (i: number) => dark.has(pixelOf(i)) && bright.has(pixelOf(i));
  const isNear = (i: number) =>
    clipped.subarray(Math.max(0, values[i]! - tolerances[i]!), values[i]! + tolerances[i]! + 1).includes(1);
  const isInner = (i: number) => !isDark(i) && !isBright(i) && !isNear(i);
  return Array.from(places.keys()).filter((i) => isInner(i) || isColour(i)).length;
}
