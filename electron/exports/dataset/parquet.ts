import { join } from 'node:path';
import { fileWriter, ParquetWriter, type SchemaElement } from 'hyparquet-writer';
import type { CleanedSet } from './cleaned.ts';
import { encodeBatch, imageBatches } from './images.ts';
import { ImageCounter, partsOf, type ExportHooks } from './parts.ts';

/** An image as Hugging Face's data sets hold it: a PNG file's bytes with a path. */
const SCHEMA: SchemaElement[] = [
  { name: 'schema', num_children: 3 },
  { name: 'image', num_children: 2, repetition_type: 'OPTIONAL' },
  { name: 'bytes', type: 'BYTE_ARRAY', repetition_type: 'OPTIONAL' },
  { name: 'path', type: 'BYTE_ARRAY', converted_type: 'UTF8', repetition_type: 'OPTIONAL' },
  { name: 'label', type: 'INT64', repetition_type: 'REQUIRED' },
  { name: 'index', type: 'INT64', repetition_type: 'REQUIRED' },
];

/** Writes `train.parquet`, `removed.parquet` and `test.parquet`, batch by batch. */
export async function writeParquet(set: CleanedSet, folder: string, hooks: ExportHooks): Promise<void> {
  const counter = new ImageCounter(set, hooks);
  const kvMetadata = [{ key: 'huggingface', value: features(set.stored.manifest.classes) }];
  for (const { name, split, indices } of partsOf(set)) {
    const file = new ParquetWriter({
      writer: fileWriter(join(folder, `${name}.parquet`)),
      schema: SCHEMA,
      codec: 'UNCOMPRESSED',
      statistics: false,
      kvMetadata,
      createdBy: 'Theriac',
    });
    for await (const batch of imageBatches(set.stored, split, indices, hooks.signal)) {
      const pngs = await encodeBatch(batch, set.stored);
      const image = batch.indices.map((index, i) => ({ bytes: pngs[i]!, path: set.ids[split][index]! }));
      await file.write({
        columnData: [
          { name: 'image', data: image },
          { name: 'label', data: batch.indices.map((index) => BigInt(set.labels[split][index]!)) },
          { name: 'index', data: batch.indices.map(BigInt) },
        ],
        rowGroupSize: batch.indices.length,
        // Every image is another one: a dictionary would be a second copy of them.
        dictionarySize: 1,
      });
      counter.add(batch.indices.length);
    }
    await file.finish();
  }
}

/** What Hugging Face's readers take types from. */
function features(classes: readonly string[]): string {
  return JSON.stringify({
    info: {
      features: {
        image: { _type: 'Image' },
        label: { names: classes, _type: 'ClassLabel' },
        index: { dtype: 'int64', _type: 'Value' },
      },
    },
  });
}
