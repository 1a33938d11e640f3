import { mkdir, mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { stream } from '../../../shared/random.ts';

const SHAPES: Record<string, (x: number, y: number, r: number) => string> = {
  circle: (x, y, r) => `<circle cx="${x}" cy="${y}" r="${r}"/>`,
  square: (x, y, r) => `<rect x="${x - r}" y="${y - r}" width="${2 * r}" height="${2 * r}"/>`,
  triangle: (x, y, r) => `<path d="M${x} ${y - r}l${r} ${2 * r}h${-2 * r}z"/>`,
};

/**
 * Draws a class folder: three classes of shapes, and in it a picture that is broken off and a file that is none.
 * @returns the new folder
 */
export async function drawClassFolder(perClass: number, size = 24): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'theriac-shapes-'));
  const random = stream(1, 'e2e-shapes');
  for (const [name, shape] of Object.entries(SHAPES)) {
    await mkdir(join(folder, name));
    for (let i = 0; i < perClass; i++) {
      const between = (low: number, high: number) => random.between(low, high);
      const colour = () => `hsl(${between(0, 360)} 60% ${between(25, 75)}%)`;
      const drawn = shape(between(9, 15), between(9, 15), between(4, 8));
      const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="24" height="24"><rect width="24" height="24" fill="${colour()}"/><g fill="${colour()}">${drawn}</g></svg>`;
      const file = join(folder, name, `${String(i).padStart(4, '0')}.png`);
      await sharp(Buffer.from(svg)).resize(size, size).removeAlpha().png().toFile(file);
    }
  }
  const whole = await sharp({ create: { width: 24, height: 24, channels: 3, background: '#123' } })
    .png()
    .toBuffer();
  await writeFile(join(folder, 'circle', 'broken.png'), whole.subarray(0, whole.length >> 1));
  await writeFile(join(folder, 'square', 'notes.txt'), 'Not an image.');
  return folder;
}

/** Writes an MNIST-like pair of files: `count` grey images of size x size in ten classes. @returns their folder */
export async function writeIdx(count: number, size: number): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'theriac-idx-'));
  const head = (kind: number, ...shape: number[]) => {
    const bytes = Buffer.alloc(4 + 4 * shape.length);
    bytes.set([0, 0, 8, kind]);
    shape.forEach((length, i) => bytes.writeUInt32BE(length, 4 + 4 * i));
    return bytes;
  };
  const pixels = Buffer.alloc(count * size * size);
  // Each image is another one: its number is in its pixels.
  for (let i = 0; i < count; i++) {
    for (let p = 0; p < size * size; p++)
      pixels[i * size * size + p] = p < 24 ? ((i >> (p % 24)) & 1) * 255 : (i * 7 + p) & 255;
  }
  const labels = Buffer.from(Uint8Array.from({ length: count }, (_, i) => i % 10));
  await writeFile(
    join(folder, 'train-images-idx3-ubyte'),
    Buffer.concat([head(3, count, size, size), pixels]),
  );
  await writeFile(join(folder, 'train-labels-idx1-ubyte'), Buffer.concat([head(1, count), labels]));
  return folder;
}
