/** What the line to the host takes at once, with room for the rest of the message. */
const MOST_BYTES = 900_000;
/** Larger pictures are shrunk to this before they are sent; models see far fewer pixels. */
const LONGEST_SIDE = 512;

/** The bytes of an image file as they can be sent: as they are, or shrunk to a PNG file. */
export async function fileBytes(file: File): Promise<Uint8Array> {
  if (file.size <= MOST_BYTES) return new Uint8Array(await file.arrayBuffer());
  const bitmap = await createImageBitmap(file);
  const scale = Math.min(1, LONGEST_SIDE / Math.max(bitmap.width, bitmap.height));
  const canvas = new OffscreenCanvas(
    Math.max(1, Math.round(bitmap.width * scale)),
    Math.max(1, Math.round(bitmap.height * scale)),
  );
  const context = canvas.getContext('2d')!;
  context.imageSmoothingQuality = 'high';
  context.drawImage(bitmap, 0, 0, canvas.width, canvas.height);
  bitmap.close();
  return new Uint8Array(await (await canvas.convertToBlob({ type: 'image/png' })).arrayBuffer());
}
