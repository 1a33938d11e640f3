import { parquetHeader } from 'hyparquet/src/column.js';
import { UnusableFile } from '../source.ts';

/**
 * Goes through the headers of the pages of a column chunk: the library takes their figures at their word, and a
 * single damaged one would have it make room for billions of values.
 * @param rows of the row group. @param limit bytes that all pages together may unpack to
 * @throws UnusableFile when a page is longer than the chunk, holds more values than rows, or unpacks to too much
 */
export function checkPages(bytes: Buffer<ArrayBuffer>, rows: number, limit: number): void {
  const reader = { view: new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength), offset: 0 };
  let unpacked = 0;
  // As the library does, which leaves a last odd byte alone.
  while (reader.offset < bytes.length - 1) {
    const page = parquetHeader(reader);
    const { compressed_page_size: packed, uncompressed_page_size: length } = page;
    const v2 = page.data_page_header_v2;
    const levels = (v2?.definition_levels_byte_length ?? 0) + (v2?.repetition_levels_byte_length ?? 0);
    const values = [
      page.data_page_header?.num_values,
      page.dictionary_page_header?.num_values,
      v2?.num_values,
      v2?.num_nulls,
      v2?.num_rows,
    ].filter((n) => n !== undefined);
    const sane = (n: number) => Number.isInteger(n) && n >= 0;
    unpacked += length;
    if (
      !sane(packed) ||
      !sane(length) ||
      packed > bytes.length - reader.offset ||
      levels > packed ||
      !values.every((n) => sane(n) && n <= rows)
    ) {
      throw new UnusableFile('damaged: a page that does not fit its column');
    }
    if (unpacked > limit) throw new UnusableFile('a row group unpacks to too much to be held in memory');
    reader.offset += packed;
  }
}
