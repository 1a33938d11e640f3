import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import sharp from 'sharp';
import { stream } from '../../shared/random.ts';

const COLOURS = [
  [200, 60, 50],
  [60, 160, 70],
  [60, 80, 190],
];

/** Writes a folder with three classes of noisy coloured squares, and one file that is no image. */
export async function writePictures(folder: string, perClass: number): Promise<string> {
  const random = stream(1, 'pictures');
  const size = 32;
  for (const [index, colour] of COLOURS.entries()) {
    const into = join(folder, ['brick', 'leaf', 'slate'][index]!);
    mkdirSync(into, { recursive: true });
    for (let i = 0; i < perClass; i++) {
      const pixels = new Uint8Array(size * size * 3);
      for (let p = 0; p < pixels.length; p++) pixels[p] = colour[p % 3]! + random.integer(40) - 20;
      const png = await sharp(pixels, { raw: { width: size, height: size, channels: 3 } })
        .png()
        .toBuffer();
      writeFileSync(join(into, `${String(i).padStart(3, '0')}.png`), png);
    }
  }
  writeFileSync(join(folder, 'leaf', 'broken.png'), 'this is no image');
  return folder;
}
