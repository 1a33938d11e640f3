import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { contentType, PAGE_HEADERS } from '../host/serve/page-headers.ts';
import { isAppUrl } from './security.ts';

/** Names that a build makes: no dot in front, nothing that any decoder could turn into something else. */
const SEGMENT = /^[A-Za-z0-9_][A-Za-z0-9._-]*$/;

/**
 * The file of the screens that an address of our scheme means; null when it can mean none: other hosts, `..`,
 * percent signs, backslashes, NUL and empty parts are refused, not tidied up.
 * @param root absolute path of the built screens
 */
export function resolvePage(url: string, root: string): { file: string; type: string } | null {
  if (!isAppUrl(url) || /[\\\0%]/.test(url.split(/[?#]/)[0]!)) return null;
  // The parser would resolve `..` before anybody could see it.
  const written = url.slice('theriac://app'.length).split(/[?#]/)[0]!;
  const path = written === '' || written === '/' ? '/index.html' : written;
  const segments = path.slice(1).split('/');
  if (!path.startsWith('/') || !segments.every((segment) => SEGMENT.test(segment))) return null;
  const type = contentType(segments.at(-1)!);
  return type ? { file: join(root, ...segments), type } : null;
}

/** Answers requests of our scheme with files of the screens. */
export function pageHandler(root: string): (request: Request) => Promise<Response> {
  return async (request) => {
    const page = request.method === 'GET' ? resolvePage(request.url, root) : null;
    if (!page) return refusal();
    try {
      const body = await readFile(page.file);
      return new Response(new Uint8Array(body), {
        headers: { ...PAGE_HEADERS, 'Content-Type': page.type, 'Cache-Control': 'no-store' },
      });
    } catch {
      return refusal();
    }
  };
}

function refusal(): Response {
  return new Response('There is no such page.', {
    status: 404,
    headers: { ...PAGE_HEADERS, 'Content-Type': 'text/plain; charset=utf-8' },
  });
}
