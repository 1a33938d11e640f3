import { readdirSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { join } from 'node:path';
import { isLoopbackHost, type Tickets } from './access.ts';
import { contentType, PAGE_HEADERS } from './page-headers.ts';

/** The files of the built screens, by the path under which they are asked for. */
export type Pages = ReadonlyMap<string, { file: string; type: string }>;

/** Lists what may be served, so that a path from outside is only ever looked up, never opened. */
export function listPages(folder: string): Pages {
  const pages = new Map<string, { file: string; type: string }>();
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    const type = contentType(entry.name);
    if (!entry.isFile() || !type) continue;
    const file = join(entry.parentPath, entry.name);
    const path = file.slice(folder.length).replaceAll('\\', '/').replace(/^\/*/, '/');
    pages.set(path, { file, type });
  }
  const index = pages.get('/index.html');
  if (index) pages.set('/', index);
  return pages;
}

/** Answers one request for a page. */
export async function servePage(
  request: IncomingMessage,
  response: ServerResponse,
  { pages, tickets, token }: { pages: Pages; tickets: Tickets; token: string },
): Promise<void> {
  if (!isLoopbackHost(request.headers.host)) {
    return refuse(response, 403, 'Theriac answers only on this computer’s own address.');
  }
  if (request.method !== 'GET' && request.method !== 'HEAD') {
    return refuse(response, 405, 'Only pages can be asked for here.');
  }
  const path = (request.url ?? '/').split('?')[0]!;
  const ticket = /^\/open\/([\w-]+)$/.exec(path)?.[1];
  if (ticket !== undefined) {
    if (!tickets.redeem(ticket))
      return refuse(response, 403, 'This link was used already. Start Theriac again.');
    response
      .writeHead(303, { ...PAGE_HEADERS, 'Cache-Control': 'no-store', Location: `/#token=${token}` })
      .end();
    return;
  }
  const page = pages.get(path);
  if (!page) return refuse(response, 404, 'There is no such page.');
  const body = await readFile(page.file);
  // Names of assets carry a hash of their content; the page itself must always be the present one.
  const lasting = path.startsWith('/assets/');
  response.writeHead(200, {
    ...PAGE_HEADERS,
    'Content-Type': page.type,
    'Content-Length': body.length,
    'Cache-Control': lasting ? 'private, max-age=31536000, immutable' : 'no-store',
  });
  response.end(request.method === 'HEAD' ? undefined : body);
}

function refuse(response: ServerResponse, status: number, text: string): void {
  const headers = {
    ...PAGE_HEADERS,
    'Content-Type': 'text/plain; charset=utf-8',
    'Cache-Control': 'no-store',
  };
  response.writeHead(status, headers).end(text);
}
