import { type Crop, decodeImage, type ImageHeader, inspectImage, MAX_FILE_BYTES } from './image-file.ts';
import { imageType } from './image-type.ts';
import { MemoryGate } from './memory-gate.ts';
import { type Collection, type Example, UnusableFile } from './source.ts';
import type { Tree } from './trees/tree.ts';

/** Enough of a file to know an image's size, unless a long colour profile or preview comes first. */
const HEAD_BYTES = 32 << 10;
/** What images may take together while they are decoded. */
const gate = new MemoryGate(400 * 1000 * 1000);
/** Images up to this size are decoded row by row. */
const STREAMED_PIXELS = 4_000_000;

/** Where an image of a collection lies, if not under its id, and which part of it counts. */
export interface ImageFile {
  name: string;
  crop?: Crop;
}

/** Images in single files, decoded when they are needed. @param files one for each example; default: its id */
export function fileCollection(tree: Tree, examples: Example[], files?: ImageFile[]): Collection {
  const file = (index: number): ImageFile => files?.[index] ?? { name: examples[index]!.id };
  const headers: (ImageHeader & { bytes: number })[] = [];
  const inspect = async (index: number) => {
    const { name } = file(index);
    const bytes = await tree.size(name);
    if (bytes > MAX_FILE_BYTES) await tree.read(name, MAX_FILE_BYTES);
    return { ...(await headerOf(tree, name, bytes)), bytes };
  };
  return {
    examples,
    ordered: false,
    inspect: async (index) => {
      const header = await inspect(index);
      headers[index] = header;
      const { width, height } = checkedCrop(file(index).crop, header) ?? header;
      return { width, height };
    },
    read: async (index, size) => {
      const { name, crop } = file(index);
      const header = (headers[index] ??= await inspect(index));
      checkedCrop(crop, header);
      const pixels = header.width * header.height;
      const whole = pixels > STREAMED_PIXELS || header.type === 'bmp' || header.type === 'netpbm';
      return gate.run(header.bytes + (whole ? 4 * pixels : 1 << 20), async () =>
        decodeImage(await tree.read(name, MAX_FILE_BYTES, header.bytes), name, size, header, crop),
      );
    },
  };
}

async function headerOf(tree: Tree, name: string, bytes: number): Promise<ImageHeader> {
  const head = await tree.head(name, Math.min(HEAD_BYTES, bytes));
  if (head.length < bytes) {
    imageType(head, name);
    try {
      return await inspectImage(head, name);
    } catch (error) {
      // Its beginning was not enough: the whole file decides.
      if (!(error instanceof UnusableFile)) throw error;
    }
    return gate.run(bytes, async () => inspectImage(await tree.read(name, MAX_FILE_BYTES, bytes), name));
  }
  return inspectImage(head, name);
}

function checkedCrop(crop: Crop | undefined, image: { width: number; height: number }): Crop | undefined {
  if (!crop) return undefined;
  const { left, top, width, height } = crop;
  if (left >= 0 && top >= 0 && width > 0 && height > 0) {
    if (left + width <= image.width && top + height <= image.height) return crop;
  }
  throw new UnusableFile('the part that counts (Roi) lies outside the image');
}
