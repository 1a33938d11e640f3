/**
 * Draws the icons of all platforms from resources/icon.svg: PNG for Linux, and the ICO and ICNS containers, which
 * hold PNG images of several sizes. Run by hand when the artwork changes; the results are in the repository.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ensureDependencies } from './common/dependencies.mjs';
import { ensureNode24 } from './common/node24.mjs';
import { ROOT } from './common/paths.mjs';

await ensureNode24(fileURLToPath(import.meta.url));
await ensureDependencies();
const { default: sharp } = await import('sharp');

const RESOURCES = join(ROOT, 'resources');
const LINUX = [16, 32, 48, 64, 128, 256, 512];
const WINDOWS = [16, 24, 32, 48, 64, 128, 256];
/** Apple's four-letter names of PNG images by their side in pixels. */
const MAC = [
  ['icp4', 16],
  ['icp5', 32],
  ['icp6', 64],
  ['ic07', 128],
  ['ic08', 256],
  ['ic09', 512],
  ['ic10', 1024],
];

const svg = readFileSync(join(RESOURCES, 'icon.svg'));
const drawn = new Map();

async function png(size) {
  if (!drawn.has(size)) {
    const image = sharp(svg, { density: (72 * size) / 1024 }).resize(size, size);
    drawn.set(size, await image.png({ compressionLevel: 9, palette: size > 128 }).toBuffer());
  }
  return drawn.get(size);
}

/** A directory of 16 bytes an image, then the images. A side of 256 is written as 0. */
async function ico(sizes) {
  const images = await Promise.all(sizes.map(png));
  const head = Buffer.alloc(6 + 16 * sizes.length);
  head.writeUInt16LE(1, 2);
  head.writeUInt16LE(sizes.length, 4);
  let offset = head.length;
  images.forEach((image, i) => {
    const at = 6 + 16 * i;
    head.writeUInt8(sizes[i] % 256, at);
    head.writeUInt8(sizes[i] % 256, at + 1);
    head.writeUInt16LE(1, at + 4);
    head.writeUInt16LE(32, at + 6);
    head.writeUInt32LE(image.length, at + 8);
    head.writeUInt32LE(offset, at + 12);
    offset += image.length;
  });
  return Buffer.concat([head, ...images]);
}

/** Chunks of a name, a length (its own eight bytes included) and an image. */
async function icns(entries) {
  const chunks = [];
  for (const [name, size] of entries) {
    const image = await png(size);
    const head = Buffer.alloc(8);
    head.write(name, 0, 'latin1');
    head.writeUInt32BE(image.length + 8, 4);
    chunks.push(head, image);
  }
  const body = Buffer.concat(chunks);
  const head = Buffer.alloc(8);
  head.write('icns', 0, 'latin1');
  head.writeUInt32BE(body.length + 8, 4);
  return Buffer.concat([head, body]);
}

mkdirSync(join(RESOURCES, 'icons'), { recursive: true });
for (const size of LINUX) writeFileSync(join(RESOURCES, 'icons', `${size}x${size}.png`), await png(size));
writeFileSync(join(RESOURCES, 'icon.png'), await png(512));
writeFileSync(join(RESOURCES, 'icon.ico'), await ico(WINDOWS));
writeFileSync(join(RESOURCES, 'icon.icns'), await icns(MAC));
