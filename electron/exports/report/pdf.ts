/** As ISO 32000 writes the dates of a document, at the place where Chromium's writer puts them. */
const DATES = /\/(CreationDate|ModDate) \(D:\d{14}[+-]\d\d'\d\d'\)/g;

/**
 * A printed document with another date in place of the moment of printing, so that the same report has the same
 * bytes. The length stays, and with it the table of positions at the end of the file.
 * @param iso in UTC
 */
export function withDate(pdf: Uint8Array, iso: string): Uint8Array {
  const digits = iso.replace(/\D/g, '').slice(0, 14).padEnd(14, '0');
  const dated = Buffer.from(pdf)
    .toString('latin1')
    .replace(DATES, (_, key: string) => `/${key} (D:${digits}+00'00')`);
  return Buffer.from(dated, 'latin1');
}
