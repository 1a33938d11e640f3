import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { CleanedSet } from './cleaned.ts';
import { encodeBatch, imageBatches } from './images.ts';
import { classFolders, imageName } from './names.ts';
import { ImageCounter, partsOf, type ExportHooks } from './parts.ts';

/** Writes `train/CLASS/NAME.png`, and `removed/…` and `test/…` alike: a source that can be imported again. */
export async function writeFolders(set: CleanedSet, folder: string, hooks: ExportHooks): Promise<void> {
  const names = classFolders(set.stored.manifest.classes);
  const counter = new ImageCounter(set, hooks);
  for (const { name, split, indices } of partsOf(set)) {
    const [labels, ids] = [set.labels[split], set.ids[split]];
    const used = new Set(Array.from(indices, (index) => labels[index]!));
    for (const label of used) await mkdir(join(folder, name, names[label]!), { recursive: true });
    for await (const batch of imageBatches(set.stored, split, indices, hooks.signal)) {
      const files = await encodeBatch(batch, set.stored);
      await Promise.all(
        batch.indices.map((index, i) =>
          writeFile(join(folder, name, names[labels[index]!]!, imageName(index, ids[index]!)), files[i]!, {
            flag: 'wx',
          }),
        ),
      );
      counter.add(batch.indices.length);
    }
  }
}
