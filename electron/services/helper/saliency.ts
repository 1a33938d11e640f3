import type { MapOfSaliency } from '../../../shared/contract/api.ts';
import { setImmediate as others } from 'node:timers/promises';
import { performance } from 'node:perf_hooks';
import type { EnginePreference } from '../../engine/index.ts';
import { softmax } from '../../../shared/metrics/answers.ts';
import type { Network } from '../../../shared/networks/types.ts';
import { loadModel, type Answering } from './answers.ts';
import type { ModelFile } from './protocol.ts';

const CELLS = 8;
/** How long an answer may have to wait for a map that is being made, in milliseconds. */
const TURN_MS = 60;

/**
 * What each model's answer rests on: how far its probability falls while one cell of a grid is covered with the
 * image's mean colour (occlusion; Zeiler and Fergus 2014). Between a few cells and the next the process answers what
 * else it was asked.
 */
export async function saliencyOf(
  models: readonly ModelFile[],
  pixels: Uint8Array,
  engine: EnginePreference,
): Promise<MapOfSaliency[]> {
  const maps: MapOfSaliency[] = [];
  for (const { method, file } of models) {
    await others();
    const { model, network } = await loadModel(file, engine);
    const { height, width, channels } = network;
    const rows = Math.min(CELLS, height);
    const columns = Math.min(CELLS, width);
    const from = performance.now();
    const whole = softmax(await model.logits(pixels));
    const atOnce = Math.max(1, Math.floor(TURN_MS / (performance.now() - from)));
    const answer = whole.indexOf(Math.max(...whole));
    const covered = occlusions(pixels, { height, width, channels }, rows, columns);
    const chances = await chancesOf(model, network, answer, covered, atOnce);
    maps.push({ method, rows, columns, values: chances.map((chance) => whole[answer]! - chance) });
  }
  return maps;
}

/** The probability of one answer for each image, asked some at once. */
async function chancesOf(
  model: Answering,
  { height, width, channels, classes }: Network,
  answer: number,
  images: Uint8Array,
  atOnce: number,
): Promise<number[]> {
  const size = height * width * channels;
  const count = images.length / size;
  const chances: number[] = [];
  for (let from = 0; from < count; from += atOnce) {
    await others();
    const to = Math.min(count, from + atOnce);
    const logits = await model.logits(images.subarray(from * size, to * size));
    for (let i = 0; i < to - from; i++)
      chances.push(softmax(logits.subarray(i * classes, (i + 1) * classes))[answer]!);
  }
  return chances;
}

/** The image once for each cell, with that cell covered, row by row. */
export function occlusions(
  pixels: Uint8Array,
  { height, width, channels }: { height: number; width: number; channels: number },
  rows: number,
  columns: number,
): Uint8Array {
  const size = pixels.length;
  const mean = Array.from({ length: channels }, (_, c) => {
    let sum = 0;
    for (let i = c; i < size; i += channels) sum += pixels[i]!;
    return Math.round(sum / (height * width));
  });
  const all = new Uint8Array(rows * columns * size);
  for (let cell = 0; cell < rows * columns; cell++) {
    const image = all.subarray(cell * size, (cell + 1) * size);
    image.set(pixels);
    const [row, column] = [Math.floor(cell / columns), cell % columns];
    for (let y = Math.floor((row * height) / rows); y < Math.floor(((row + 1) * height) / rows); y++) {
      for (
        let x = Math.floor((column * width) / columns);
        x < Math.floor(((column + 1) * width) / columns);
        x++
      )
        image.set(mean, (y * width + x) * channels);
    }
  }
  return all;
}
