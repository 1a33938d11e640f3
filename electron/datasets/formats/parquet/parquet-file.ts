import { parquetMetadataAsync, parquetReadObjects, parquetSchema } from 'hyparquet';
import type { AsyncBuffer, ColumnChunk, Compressors, FileMetaData, SchemaTree } from 'hyparquet';
import { compressors } from 'hyparquet-compressors';
import { UnusableFile } from '../source.ts';
import type { FileSlice } from '../trees/file-slice.ts';
import { checkPages } from './pages.ts';

/** A file with a million columns or row groups has a footer longer than this. */
const MAX_FOOTER_BYTES = 64 << 20;
/** Part of a column that is held in memory at once. */
const MAX_CHUNK_BYTES = 384 << 20;
const MAX_ROWS = 20_000_000;
/** LZ4 is left out: of what PyArrow writes with it, the library reads but a part. */
const CODECS = new Set(['UNCOMPRESSED', 'SNAPPY', 'GZIP', 'BROTLI', 'ZSTD']);

export interface ParquetColumn {
  name: string;
  /** What it can serve as. */
  role: 'image' | 'label' | 'other';
}

/** A value of a column as the library gives it. */
export type ParquetValue = unknown;

/** A Parquet file, read one row group after the other. Lengths are checked before anything is unpacked. */
export class ParquetFile {
  readonly slice: FileSlice;
  readonly rows: number;
  /** Rows of each row group. */
  readonly groups: number[];
  readonly columns: ParquetColumn[];
  readonly #metadata: FileMetaData;

  private constructor(slice: FileSlice, metadata: FileMetaData) {
    this.slice = slice;
    this.#metadata = metadata;
    this.groups = metadata.row_groups.map(({ num_rows }) => rowCount(num_rows));
    this.rows = this.groups.reduce((sum, n) => sum + n, 0);
    if (this.rows > MAX_ROWS) throw new UnusableFile(`it has more than ${MAX_ROWS} rows`);
    this.columns = parquetSchema(metadata).children.map((child) => ({
      name: child.element.name,
      role: roleOf(child),
    }));
  }

  /** @throws UnusableFile when its footer cannot be read */
  static async open(slice: FileSlice): Promise<ParquetFile> {
    const tail = await slice.read(Math.max(0, slice.length - 8), Math.min(8, slice.length));
    if (tail.length < 8 || tail.toString('latin1', 4) !== 'PAR1')
      throw new UnusableFile('cut short or damaged');
    if (tail.readUInt32LE(0) > Math.min(MAX_FOOTER_BYTES, slice.length - 8))
      throw new UnusableFile('damaged');
    return guarded(async () => {
      const metadata = await parquetMetadataAsync(bufferOf(slice), { geoparquet: false });
      return new ParquetFile(slice, metadata);
    });
  }

  /** What a key of the file's own notes says; null = nothing. */
  note(key: string): string | null {
    const found = this.#metadata.key_value_metadata?.find((pair) => pair.key === key);
    return typeof found?.value === 'string' ? found.value : null;
  }

  /** Values of a column in a row group. @throws UnusableFile */
  async read(column: string, group: number): Promise<ParquetValue[]> {
    const rows = this.groups[group]!;
    const from = this.groups.slice(0, group).reduce((sum, n) => sum + n, 0);
    if (rows === 0) return [];
    return guarded(async () => {
      for (const chunk of this.#metadata.row_groups[group]!.columns) {
        if (chunk.meta_data?.path_in_schema[0] !== column) continue;
        const { start, length } = this.#range(chunk);
        checkPages(await this.slice.read(start, length), rows, MAX_CHUNK_BYTES);
      }
      const read = await parquetReadObjects({
        file: bufferOf(this.slice),
        metadata: this.#metadata,
        columns: [column],
        rowStart: from,
        rowEnd: from + rows,
        utf8: false,
        geoparquet: false,
        compressors: checkedCompressors,
      });
      if (read.length !== rows)
        throw new UnusableFile(`damaged: ${read.length} of ${rows} values in "${column}"`);
      return read.map((row) => row[column] as ParquetValue);
    });
  }

  /** As the library plans it: from the first page, a dictionary's included, so many bytes. */
  #range({ file_path, meta_data }: ColumnChunk): { start: number; length: number } {
    if (!meta_data || file_path) throw new UnusableFile('its data lie in another file');
    const { dictionary_page_offset, data_page_offset, total_compressed_size, codec } = meta_data;
    if (!CODECS.has(codec))
      throw new UnusableFile(`its data are packed with ${codec}, which is not supported`);
    const start = Number(dictionary_page_offset || data_page_offset);
    const length = Number(total_compressed_size);
    if (!(start >= 0 && length >= 0 && start + length <= this.slice.length))
      throw new UnusableFile('cut short');
    if (length > MAX_CHUNK_BYTES) {
      throw new UnusableFile(
        `a row group of ${Math.round(length / 1e6)} MB is too large to be held in memory: write it with smaller row groups`,
      );
    }
    return { start, length };
  }
}

/** What the library throws at damaged bytes says little: all of it is damage. */
async function guarded<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof UnusableFile) throw error;
    if (!(error instanceof Error)) throw error;
    throw new UnusableFile('damaged, or of a kind of Parquet that is not supported', { cause: error });
  }
}

const checkedCompressors = Object.fromEntries(
  Object.entries(compressors).map(([codec, unpack]) => [
    codec,
    (input: Uint8Array, length: number) => {
      if (!(length >= 0 && length <= MAX_CHUNK_BYTES))
        throw new UnusableFile('damaged: a page of impossible length');
      return unpack(input, length);
    },
  ]),
) as Compressors;

function bufferOf(slice: FileSlice): AsyncBuffer {
  return {
    byteLength: slice.length,
    slice: async (start, end = slice.length) => (await slice.read(start, end - start)).buffer,
  };
}

function rowCount(count: bigint | number): number {
  const rows = Number(count);
  if (!Number.isSafeInteger(rows) || rows < 0 || rows > MAX_ROWS) throw new UnusableFile('damaged');
  return rows;
}

/** Images are bytes, or bytes with a path beside them; labels are numbers or texts. */
function roleOf({ element, children }: SchemaTree): ParquetColumn['role'] {
  if (element.repetition_type === 'REPEATED') return 'other';
  if (children.length > 0) {
    const bytes = children.find((child) => child.element.name === 'bytes');
    return bytes?.element.type === 'BYTE_ARRAY' ? 'image' : 'other';
  }
  const text = element.converted_type === 'UTF8' || element.logical_type?.type === 'STRING';
  if (element.type === 'BYTE_ARRAY') return text ? 'label' : 'image';
  return element.type === 'INT32' || element.type === 'INT64' || element.type === 'BOOLEAN'
    ? 'label'
    : 'other';
}
