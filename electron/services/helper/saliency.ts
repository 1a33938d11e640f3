import type { MapOfSaliency } from '../../../shared/contract/api.ts';
import type { EnginePreference } from '../../engine/index.ts';
import { softmax } from '../../../shared/metrics/answers.ts';
import { loadModel } from './answers.ts';
import type { ModelFile } from './protocol.ts';

const CELLS = 8;

/**
 * What each model's answer rests on: how far its probability falls while one cell of a grid is covered with the
 * image's mean colour (occlusion; Zeiler and Fergus 2014). All cells of a model are asked at once.
 */
export async function saliencyOf(
  models: readonly ModelFile[],
  pixels: Uint8Array,
  engine: EnginePreference,
): Promise<MapOfSaliency[]> {
  const maps: MapOfSaliency[] = [];
  for (const { method, file } of models) {
    const { model, network } = await loadModel(file, engine);
    const { height, width, channels, classes } = network;
    const rows = Math.min(CELLS, height);
    const columns = Math.min(CELLS, width);
    const covered = occlusions(pixels, { height, width, channels }, rows, columns);
    const { logits } = await model.evaluate(covered, new Int32Array(rows * columns + 1));
    const probabilities = (i: number) => softmax(logits.subarray(i * classes, (i + 1) * classes));
    const whole = probabilities(rows * columns);
    const answer = whole.indexOf(Math.max(...whole));
    const values = Array.from(
      { length: rows * columns },
      (_, i) => whole[answer]! - probabilities(i)[answer]!,
    );
    maps.push({ method, rows, columns, values });
  }
  return maps;
}

/** The image once for each cell, with that cell covered, row by row; and the whole image last. */
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
  const all = new Uint8Array((rows * columns + 1) * size);
  for (let cell = 0; cell <= rows * columns; cell++) {
    const image = all.subarray(cell * size, (cell + 1) * size);
    image.set(pixels);
    if (cell === rows * columns) break;
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
