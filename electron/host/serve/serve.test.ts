import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { request as httpRequest, type IncomingMessage } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { decode, encode } from '@msgpack/msgpack';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { CLOSE_UNAUTHORISED, SOCKET_PROTOCOL, type HostFrame } from '../../../shared/contract/wire.ts';
import { createApi, type HostApi } from '../../services/api.ts';
import { isLoopbackHost, isOwnOrigin, newToken, sameToken, Tickets } from './access.ts';
import { CONTENT_SECURITY_POLICY } from './page-headers.ts';
import { serve, type Served } from './server.ts';
import { MAX_FRAME_BYTES } from './socket.ts';

let folder: string;
let api: HostApi;
let served: Served;
let token: string;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'theriac-serve-'));
  const screens = mkdtempSync(join(folder, 'screens-'));
  writeFileSync(join(screens, 'index.html'), '<!doctype html><title>Theriac</title>');
  writeFileSync(join(screens, 'app.js'), 'export {};');
  writeFileSync(join(screens, 'secret.key'), 'not a page');
  api = await createApi({ dataFolder: join(folder, 'data'), host: 'browser' });
  served = await serve({ api, screens, port: 0 });
  token = served.address.split('#token=')[1]!;
});

afterAll(async () => {
  await served.close();
  await api.close();
  rmSync(folder, { recursive: true, force: true });
});

function get(
  path: string,
  options: { method?: string; host?: string } = {},
): Promise<IncomingMessage & { text: string }> {
  return new Promise((resolve, reject) => {
    const headers = { host: options.host ?? `127.0.0.1:${served.port}` };
    // A raw request: fetch would tidy up the path and refuse to set Host.
    httpRequest(
      { host: '127.0.0.1', port: served.port, path, method: options.method ?? 'GET', headers },
      (response) => {
        let text = '';
        response.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
        response.on('end', () => resolve(Object.assign(response, { text })));
      },
    )
      .on('error', reject)
      .end();
  });
}

interface Page {
  socket: WebSocket;
  call(name: string, ...args: unknown[]): Promise<unknown>;
  next(match: (frame: HostFrame) => boolean): Promise<HostFrame>;
}

const own = () => `http://127.0.0.1:${served.port}`;

function open(protocols: string[], headers: Record<string, string> = {}): WebSocket {
  return new WebSocket(`ws://127.0.0.1:${served.port}/socket`, protocols, {
    headers: { Origin: own(), ...headers },
  });
}

async function page(): Promise<Page> {
  const socket = open([SOCKET_PROTOCOL, token]);
  const frames: HostFrame[] = [];
  const waiting = new Set<() => void>();
  socket.on('message', (data: Buffer) => {
    frames.push(decode(data) as HostFrame);
    for (const look of waiting) look();
  });
  await new Promise((done, fail) => socket.once('open', done).once('error', fail));
  const next = (match: (frame: HostFrame) => boolean) =>
    new Promise<HostFrame>((done) => {
      const look = () => {
        const found = frames.find(match);
        if (!found) return;
        waiting.delete(look);
        done(found);
      };
      waiting.add(look);
      look();
    });
  let id = 0;
  const call = async (name: string, ...args: unknown[]) => {
    id += 1;
    const mine = id;
    socket.send(encode({ type: 'call', id: mine, name, args }));
    const frame = await next((one) => one.type === 'reply' && one.id === mine);
    return frame.type === 'reply' ? frame.reply : null;
  };
  return { socket, call, next };
}

function closing(socket: WebSocket): Promise<{ code: number; reason: string }> {
  return new Promise((done) => {
    socket.once('close', (code, reason) => done({ code, reason: reason.toString() }));
    socket.on('error', () => undefined);
  });
}

/** The status with which an upgrade is refused. */
function refusal(socket: WebSocket): Promise<number> {
  return new Promise((done, fail) => {
    socket.once('unexpected-response', (_, response) => done(response.statusCode ?? 0));
    socket.once('open', () => fail(new Error('it was let in')));
    socket.on('error', () => undefined);
  });
}

test('the page comes with a policy that permits only its own files', async () => {
  const response = await get('/');
  expect(response.statusCode).toBe(200);
  expect(response.text).toContain('<title>Theriac</title>');
  expect(response.headers['content-security-policy']).toBe(CONTENT_SECURITY_POLICY);
  expect(CONTENT_SECURITY_POLICY).not.toMatch(/unsafe|\*|https?:/);
  expect(response.headers['x-content-type-options']).toBe('nosniff');
  expect(response.headers['cache-control']).toBe('no-store');
  expect(response.headers['content-type']).toContain('text/html');
  expect((await get('/app.js')).headers['content-type']).toContain('text/javascript');
});

test('only listed files are served', async () => {
  for (const path of [
    '/secret.key',
    '/../screens/index.html',
    '/%2e%2e/data/history.db',
    '/..%5cdata%5chistory.db',
    '//etc/passwd',
    '/index.html%00',
    '/open/',
    '/__proto__',
  ]) {
    expect((await get(path)).statusCode, path).toBe(404);
  }
  expect((await get('/', { method: 'POST' })).statusCode).toBe(405);
});

test('a name that was bound to the loopback by a foreign DNS server is refused', async () => {
  for (const host of ['evil.example', `evil.example:${served.port}`, '127.0.0.1.evil.example', '10.0.0.1']) {
    expect((await get('/', { host })).statusCode, host).toBe(403);
  }
  expect((await get('/', { host: `localhost:${served.port}` })).statusCode).toBe(200);
  expect(isLoopbackHost(undefined)).toBe(false);
});

test('a hostile page cannot connect, whatever it knows', async () => {
  for (const origin of [
    'http://evil.example',
    'null',
    'https://127.0.0.1',
    `http://127.0.0.1:${served.port + 1}`,
    `http://localhost:${served.port}`,
    `http://127.0.0.1:${served.port}.evil.example`,
  ]) {
    expect(await refusal(open([SOCKET_PROTOCOL, token], { Origin: origin })), origin).toBe(403);
  }
  expect(
    await refusal(open([SOCKET_PROTOCOL, token], { Host: 'evil.example', Origin: 'http://evil.example' })),
  ).toBe(403);
  expect(isOwnOrigin(undefined, '127.0.0.1')).toBe(false);
});

test('a wrong token is told apart from a host that is gone', async () => {
  for (const wrong of [newToken(), token.slice(0, -1), `${token}x`, 'x']) {
    const socket = open([SOCKET_PROTOCOL, wrong]);
    expect(await closing(socket)).toEqual({ code: CLOSE_UNAUTHORISED, reason: 'wrong token' });
  }
  expect(await closing(open([SOCKET_PROTOCOL]))).toMatchObject({ code: CLOSE_UNAUTHORISED });
  expect(sameToken(token, token)).toBe(true);
  expect(sameToken('', token)).toBe(false);
  expect(newToken()).toHaveLength(43);
});

test('two pages share one application', async () => {
  const [one, two] = [await page(), await page()];
  expect(await one.call('app.settings')).toMatchObject({ ok: true, value: { theme: 'system' } });
  expect(await one.call('app.changeSettings', { theme: 'dark' })).toMatchObject({ ok: true });
  expect(await two.call('app.settings')).toMatchObject({ ok: true, value: { theme: 'dark' } });
  const task = (await one.call('datasets.import', { source: join(folder, 'nowhere') })) as {
    value: { id: string };
  };
  for (const each of [one, two]) {
    const told = await each.next(
      (frame) =>
        frame.type === 'event' &&
        frame.event === 'task' &&
        (frame.value as { state: string }).state === 'failed',
    );
    expect(told).toMatchObject({ value: { id: task.value.id, error: { code: 'bad-input' } } });
  }
  one.socket.terminate();
  // What one page leaves behind does not touch the other.
  expect(await two.call('tasks.list')).toMatchObject({ ok: true });
  two.socket.close();
});

test('frames that are not understood end the connection, and only that', async () => {
  const bad: (Buffer | Uint8Array | string)[] = [
    'text',
    Buffer.from([0xc1, 0xff]),
    encode({ type: 'call', id: 'x', name: 'app.info', args: [] }),
    encode({ type: 'call', id: 1, name: 'app.info', args: [], extra: 1 }),
    encode([1, 2, 3]),
  ];
  for (const frame of bad) {
    const { socket } = await page();
    const closed = closing(socket);
    socket.send(frame);
    expect((await closed).code).toBe(1007);
  }
  const { socket } = await page();
  const closed = closing(socket);
  socket.send(Buffer.alloc(MAX_FRAME_BYTES + 1));
  expect((await closed).code).toBe(1009);
  const { call, socket: next } = await page();
  expect(await call('constructor')).toEqual({
    ok: false,
    error: { code: 'usage', message: 'There is no such call.' },
  });
  expect(await call('datasets.show', '../../etc')).toMatchObject({ ok: false, error: { code: 'usage' } });
  next.close();
});

test('a page that asks for too much at once is refused the rest', async () => {
  const { socket, next } = await page();
  for (let id = 1; id <= 200; id++)
    socket.send(encode({ type: 'call', id, name: 'engine.status', args: [] }));
  const last = await next((frame) => frame.type === 'reply' && frame.id === 200);
  expect(last).toMatchObject({ reply: { ok: false, error: { code: 'busy' } } });
  expect(await next((frame) => frame.type === 'reply' && frame.id === 1)).toMatchObject({
    reply: { ok: true },
  });
  socket.close();
});

test('a ticket opens the page once', async () => {
  const path = new URL(served.ticketAddress()).pathname;
  const first = await get(path);
  expect(first.statusCode).toBe(303);
  expect(first.headers.location).toBe(`/#token=${token}`);
  expect((await get(path)).statusCode).toBe(403);
  const late = new Tickets(0);
  expect(late.redeem(late.issue())).toBe(false);
});

test('a port that is taken is named', async () => {
  await expect(serve({ api, screens: folder, port: served.port })).rejects.toMatchObject({ code: 'busy' });
});
