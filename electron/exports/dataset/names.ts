/** Names that Windows keeps for devices. */
const RESERVED = /^(con|prn|aux|nul|com\d|lpt\d)(\.|$)/i;

/**
 * A name for a file or folder that every system can have, as like the given one as may be.
 * @param most characters
 */
export function safeName(text: string, most = 80): string {
  const plain = text
    .normalize('NFC')
    .replace(/[^\p{L}\p{N} ._-]+/gu, '-')
    .trim()
    .replace(/^\.+/, '')
    .slice(0, most)
    .replace(/[. ]+$/, '');
  return plain === '' || RESERVED.test(plain) ? `_${plain}` : plain;
}

/** A folder for each class: names that no system takes for the same one. */
export function classFolders(classes: readonly string[]): string[] {
  const taken = new Set<string>();
  return classes.map((name) => {
    const plain = safeName(name);
    let folder = plain;
    for (let n = 2; taken.has(folder.toLowerCase()); n++) folder = `${plain} (${n})`;
    taken.add(folder.toLowerCase());
    return folder;
  });
}

/** A file name for an image: its position, so that it is the only one, and what it was called in the source. */
export function imageName(index: number, id: string): string {
  const last = id.split(/[/\\]/).at(-1) ?? '';
  const base = safeName(last.replace(/\.[A-Za-z0-9]{1,5}$/, ''), 60);
  return `${String(index).padStart(6, '0')}-${base}.png`;
}
