/** The place is the page's fragment (`#/history?text=…`), so that a reload keeps it and Back works. */
export interface Place {
  /** Path segments, decoded: `#/experiments/abc/suspects` is ['experiments', 'abc', 'suspects']. */
  parts: string[];
  query: URLSearchParams;
}

export function parsePlace(hash: string): Place {
  const [path = '', query = ''] = hash.replace(/^#\/?/, '').split('?');
  const parts = path.split('/').filter((part) => part !== '');
  return { parts: parts.map(decode), query: new URLSearchParams(query) };
}

function decode(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

/** `place(['history'], { text: 'x' })` is '#/history?text=x'. Empty values are left out. */
export function placeOf(
  parts: string[],
  query: Record<string, string | number | null | undefined> = {},
): string {
  const search = new URLSearchParams();
  for (const [key, value] of Object.entries(query))
    if (value != null && value !== '') search.set(key, String(value));
  const text = search.toString();
  return `#/${parts.map(encodeURIComponent).join('/')}${text ? `?${text}` : ''}`;
}
