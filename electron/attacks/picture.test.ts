import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, describe, expect, it } from 'vitest';
import { attackByName } from '../../shared/attacks/registry.ts';
import { gatherPictures } from './material.ts';
import { readPicture } from './picture.ts';

const folder = mkdtempSync(join(tmpdir(), 'theriac-picture-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function png(name: string, channels: 3 | 4, width: number, height: number, values: number[]) {
  const file = join(folder, name);
  await sharp(Uint8Array.from(values), { raw: { width, height, channels } }).png().toFile(file);
  return file;
}

describe('trigger pictures', () => {
  it('keep their opacity, and are opaque without one', async () => {
    const seen = await png('seen.png', 4, 2, 1, [255, 0, 0, 255, 10, 20, 30, 51]);
    expect(await readPicture(seen)).toEqual({
      shape: [1, 2, 4],
      data: Uint8Array.of(255, 0, 0, 255, 10, 20, 30, 51),
    });
    const plain = await png('plain.png', 3, 1, 1, [1, 2, 3]);
    expect((await readPicture(plain)).data).toEqual(Uint8Array.of(1, 2, 3, 255));
  });

  it('are reduced to 512 pixels per side', async () => {
    const wide = await png('wide.png', 4, 1024, 100, new Array<number>(1024 * 100 * 4).fill(200));
    expect((await readPicture(wide)).shape).toEqual([50, 512, 4]);
  });

  it('that are none, or missing, are refused with name and reason', async () => {
    const text = join(folder, 'text.png');
    writeFileSync(text, 'no picture');
    await expect(readPicture(text)).rejects.toMatchObject({ code: 'bad-input' });
    await expect(readPicture(join(folder, 'none.png'))).rejects.toThrow(
      /none\.png cannot be used: it does not/,
    );
    await expect(readPicture(folder)).rejects.toThrow(/not a regular file/);
  });

  it('are gathered for the parameters that name files', async () => {
    const file = await png('one.png', 3, 1, 1, [1, 2, 3]);
    const material = await gatherPictures(attackByName('custom'), { image: file });
    expect(material.get('image')?.shape).toEqual([1, 1, 4]);
    expect((await gatherPictures(attackByName('custom'), { image: '' })).size).toBe(0);
    expect((await gatherPictures(attackByName('badnets'), { size: 3 })).size).toBe(0);
  });
});
