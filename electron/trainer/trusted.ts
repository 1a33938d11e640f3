import type { DatasetManifest, Images, ImageSet } from '../../shared/contract/dataset.ts';
import { imageBytes, inMemory } from '../../shared/images.ts';
import { openDataset } from '../datasets/store.ts';

/** More trusted images of a class say hardly more. */
const MOST_OF_CLASS = 200;

/**
 * The trusted images of a data set's classes: training and test images of another stored data set, matched by class name.
 * @param dir its folder; its images have the same size
 * @returns images with the class indices of `manifest`; none of classes that it does not have
 */
export async function readTrusted(dir: string, manifest: DatasetManifest): Promise<Images> {
  const stored = await openDataset(dir);
  const index = stored.manifest.classes.map((name) => manifest.classes.indexOf(name));
  const size = imageBytes(manifest);
  const counts = new Array<number>(manifest.classes.length).fill(0);
  const images: Uint8Array[] = [];
  const labels: number[] = [];
  for (const split of ['train', 'test'] as const) {
    if (stored.manifest.counts[split] === 0) continue;
    const set: ImageSet = await stored.read(split);
    set.labels.forEach((own, i) => {
      const label = index[own]!;
      if (label < 0 || counts[label]! >= MOST_OF_CLASS) return;
      counts[label]!++;
      images.push(set.images.subarray(i * size, (i + 1) * size));
      labels.push(label);
    });
  }
  const { height, width, channels } = manifest;
  const bytes = new Uint8Array(images.length * size);
  images.forEach((image, i) => bytes.set(image, i * size));
  const count = labels.length;
  return inMemory({ count, height, width, channels, images: bytes, labels: Int32Array.from(labels) });
}
