import { decodeImage, inspectImage, MAX_FILE_BYTES } from '../image-file.ts';
import { type Collection, type Example, type SourceContext, UnusableFile } from '../source.ts';
import { tooLarge } from '../trees/disk-tree.ts';
import { FileSlice } from '../trees/file-slice.ts';
import { writeAll } from '../trees/scratch.ts';
import type { ParquetFile, ParquetValue } from './parquet-file.ts';

/** A file with the class of each of its rows. */
export interface LabelledRows {
  file: ParquetFile;
  /** Its name in the source. */
  name: string;
  /** Column with the images. */
  column: string;
  labels: ({ label: string } | { reason: string })[];
}

interface Row {
  part: LabelledRows;
  group: number;
  /** Position in the row group. */
  at: number;
}

/** Where an image lies once it is unpacked; a text is the reason why there is none. */
type Place = { offset: number; length: number } | string;

/**
 * Images in columns of Parquet files. A row group is unpacked as a whole: a few images can be looked at so, but
 * before all are read in any order they are laid side by side in the scratch folder.
 */
export function parquetCollection(parts: LabelledRows[], { skips, scratch }: SourceContext): Collection {
  const examples: Example[] = [];
  const rows: Row[] = [];
  for (const part of parts) {
    let row = 0;
    for (const [group, count] of part.file.groups.entries()) {
      for (let at = 0; at < count; at++, row++) {
        const found = part.labels[row]!;
        const id = `${part.name}#${row}`;
        if ('reason' in found) skips.add(id, found.reason);
        else {
          examples.push({ id, label: found.label });
          rows.push({ part, group, at });
        }
      }
    }
  }
  let last: { part: LabelledRows; group: number; values: Promise<ParquetValue[]> } | null = null;
  let unpacked: { slice: FileSlice; places: Place[] } | null = null;
  const groupOf = ({ part, group }: Row) => {
    if (last?.part !== part || last.group !== group) {
      last = { part, group, values: part.file.read(part.column, group) };
    }
    return last.values;
  };
  const bytesOf = async (index: number): Promise<Buffer> => {
    const place = unpacked?.places[index];
    if (typeof place === 'string') throw new UnusableFile(place);
    if (place) return unpacked!.slice.read(place.offset, place.length);
    const row = rows[index]!;
    return imageBytes((await groupOf(row))[row.at]);
  };
  return {
    examples,
    ordered: true,
    inspect: async (index) => inspectImage(await bytesOf(index), examples[index]!.id),
    read: async (index, size) => decodeImage(await bytesOf(index), examples[index]!.id, size),
    prepare: async (progress) => {
      const { path, handle } = await scratch.create();
      const places: Place[] = [];
      let offset = 0;
      try {
        for (const [index, row] of rows.entries()) {
          if (index % 64 === 0) scratch.throwIfCancelled();
          if (index % 1000 === 0) progress(index, rows.length);
          try {
            const bytes = imageBytes((await groupOf(row))[row.at]);
            await writeAll(handle, bytes);
            places.push({ offset, length: bytes.length });
            offset += bytes.length;
          } catch (error) {
            if (!(error instanceof UnusableFile)) throw error;
            places.push(error.reason);
          }
        }
      } finally {
        await handle.close();
      }
      last = null;
      unpacked = { slice: await FileSlice.open(path, scratch, parts[0]!.name), places };
    },
  };
}

/** The encoded image of a value: bytes, or a structure of bytes and path. */
function imageBytes(value: ParquetValue): Buffer {
  const bytes =
    value !== null && typeof value === 'object' && !(value instanceof Uint8Array)
      ? (value as { bytes?: unknown }).bytes
      : value;
  if (!(bytes instanceof Uint8Array)) {
    throw new UnusableFile('the image itself is not in the file, at most its path');
  }
  if (bytes.length > MAX_FILE_BYTES) throw tooLarge(bytes.length, MAX_FILE_BYTES);
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
