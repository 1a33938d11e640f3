/** A column of a table: its heading and how its cells stand. */
export interface Column {
  title: string;
  align?: 'left' | 'right';
}

/** Lines of a table with columns two blanks apart; no line ends in blanks. */
export function table(columns: readonly Column[], rows: readonly (readonly string[])[]): string {
  const cells = [columns.map((column) => column.title), ...rows.map((row) => row.map(plain))];
  const widths = columns.map((_, i) => Math.max(...cells.map((row) => width(row[i] ?? ''))));
  return cells
    .map((row) =>
      columns
        .map(({ align }, i) => {
          const cell = row[i] ?? '';
          const gap = ' '.repeat(widths[i]! - width(cell));
          return align === 'right' ? gap + cell : cell + gap;
        })
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

/** "Name   value" lines. */
export function pairs(rows: readonly (readonly [string, string])[]): string {
  const longest = Math.max(...rows.map(([name]) => width(name)));
  return rows
    .map(([name, value]) => `${name}${' '.repeat(longest - width(name))}  ${plain(value)}`)
    .join('\n');
}

/** One line for a terminal: names come from files that are not trusted and may hold control sequences. */
export function plain(text: string): string {
  return text.replace(/[\u0000-\u001f\u007f-\u009f]/g, '\ufffd');
}

/** The same for text of several lines. */
export function plainLines(text: string): string {
  return text.split('\n').map(plain).join('\n');
}

/** East Asian wide characters and most emoji take two columns. */
function width(text: string): number {
  let columns = 0;
  for (const character of text) {
    if (/\p{Mark}/u.test(character)) continue;
    columns +=
      /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]|[\u{1f300}-\u{1faff}]/u.test(
        character,
      )
        ? 2
        : 1;
  }
  return columns;
}
