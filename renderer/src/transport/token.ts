const KEY = 'theriac.token';

/** What this module uses of a page. */
export interface Page {
  location: { hash: string; pathname: string; search: string };
  history: { replaceState(data: unknown, unused: string, url: string): void };
  storage: { getItem(key: string): string | null; setItem(key: string, value: string): void };
}

/**
 * The host's token: from the page's fragment (`#token=…`, then removed from the address bar so that it is
 * neither copied nor kept in the browser's history), later from the tab's session. Empty where there is none.
 */
export function takeToken({ location, history, storage }: Page): string {
  const match = /^#token=([A-Za-z0-9_-]+)(?:&(.*))?$/.exec(location.hash);
  if (match) {
    storage.setItem(KEY, match[1]!);
    history.replaceState(null, '', `${location.pathname}${location.search}#${match[2] ?? '/'}`);
    return match[1]!;
  }
  return storage.getItem(KEY) ?? '';
}
