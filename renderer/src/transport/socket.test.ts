import { decode, encode } from '@msgpack/msgpack';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { Shell } from '../../../shared/contract/api.ts';
import { CLOSE_UNAUTHORISED, type CallFrame, type HostFrame } from '../../../shared/contract/wire.ts';
import { SocketTransport, type SocketLike } from './socket.ts';
import type { ConnectionState } from './transport.ts';

/** The host's end of a connection. */
class Connection implements SocketLike {
  binaryType = '';
  onopen: (() => void) | null = null;
  onmessage: ((event: { data: unknown }) => void) | null = null;
  onclose: ((event: { code: number }) => void) | null = null;
  readonly protocols: string[];
  readonly calls: CallFrame[] = [];

  constructor(protocols: string[]) {
    this.protocols = protocols;
  }

  send(data: Uint8Array<ArrayBuffer>): void {
    this.calls.push(decode(data) as CallFrame);
  }

  close(): void {
    this.onclose?.({ code: 1000 });
  }

  tell(frame: HostFrame): void {
    const bytes = encode(frame);
    this.onmessage?.({ data: bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength) });
  }
}

let connections: Connection[];
let transport: SocketTransport;
let states: ConnectionState[];

beforeEach(() => {
  vi.useFakeTimers();
  connections = [];
  states = [];
  transport = new SocketTransport({
    url: 'ws://host/socket',
    token: 'secret',
    shell: {} as Shell,
    open: (_url, protocols) => {
      const made = new Connection(protocols);
      connections.push(made);
      return made;
    },
  });
  transport.onState((state) => states.push(state));
});
afterEach(() => vi.useRealTimers());

const latest = () => connections.at(-1)!;

test('offers the protocol and the token, and holds calls back until it is open', async () => {
  const answer = transport.call('app.info');
  expect(latest().protocols).toEqual(['theriac', 'secret']);
  expect(latest().calls).toEqual([]);
  latest().onopen!();
  expect(latest().calls).toEqual([{ type: 'call', id: 1, name: 'app.info', args: [] }]);
  latest().tell({ type: 'reply', id: 1, reply: { ok: true, value: { version: '1' } } });
  expect(await answer).toEqual({ version: '1' });
});

test('answers find their calls in any order; binary stays binary', async () => {
  latest().onopen!();
  const first = transport.call('datasets.list');
  const second = transport.call('datasets.images', 'x', { split: 'train', offset: 0, limit: 1 });
  latest().tell({ type: 'reply', id: 2, reply: { ok: true, value: { images: Uint8Array.of(1, 2) } } });
  latest().tell({ type: 'reply', id: 1, reply: { ok: true, value: [] } });
  expect((await second).images).toBeInstanceOf(Uint8Array);
  expect(await first).toEqual([]);
});

test('an error that was answered keeps its code and remedy', async () => {
  latest().onopen!();
  const answer = transport.call('datasets.show', 'gone');
  const error = { code: 'not-found', message: 'There is none.', remedy: 'Look.' } as const;
  latest().tell({ type: 'reply', id: 1, reply: { ok: false, error } });
  await expect(answer).rejects.toMatchObject(error);
});

test('after a break, calls under way fail, waiting ones are sent on the next connection', async () => {
  latest().onopen!();
  const underWay = transport.call('tasks.list');
  latest().onclose!({ code: 1006 });
  await expect(underWay).rejects.toMatchObject({ code: 'run-failed' });
  const waiting = transport.call('app.settings');
  await vi.advanceTimersByTimeAsync(300);
  expect(connections).toHaveLength(2);
  latest().onopen!();
  expect(latest().calls.map((call) => call.name)).toEqual(['app.settings']);
  latest().tell({ type: 'reply', id: 2, reply: { ok: true, value: { theme: 'dark' } } });
  expect(await waiting).toEqual({ theme: 'dark' });
  expect(states).toEqual(['open', 'lost', 'open']);
});

test('waits longer after each failure, up to five seconds, and begins anew after a success', async () => {
  const waits: number[] = [];
  for (let i = 0; i < 7; i++) {
    latest().onclose!({ code: 1006 });
    const before = Date.now();
    await vi.advanceTimersToNextTimerAsync();
    waits.push(Date.now() - before);
  }
  expect(waits).toEqual([300, 600, 1200, 2400, 4800, 5000, 5000]);
  latest().onopen!();
  latest().onclose!({ code: 1006 });
  await vi.advanceTimersByTimeAsync(300);
  expect(connections).toHaveLength(9);
});

test('"try now" connects at once, and only once', async () => {
  latest().onclose!({ code: 1006 });
  transport.retry();
  expect(connections).toHaveLength(2);
  await vi.advanceTimersByTimeAsync(10_000);
  expect(connections).toHaveLength(2);
  latest().onopen!();
  transport.retry();
  expect(connections).toHaveLength(2);
});

test('a wrong token ends it: no retry, and every call says why', async () => {
  const waiting = transport.call('app.info');
  latest().onopen!();
  latest().onclose!({ code: CLOSE_UNAUTHORISED });
  await expect(waiting).rejects.toBeInstanceOf(Error);
  await expect(transport.call('app.info')).rejects.toMatchObject({ code: 'usage' });
  await vi.advanceTimersByTimeAsync(60_000);
  expect(connections).toHaveLength(1);
  expect(transport.state).toBe('refused');
});

test('events reach those who listen, until they stop', () => {
  const heard: unknown[] = [];
  const end = transport.on('changed', (value) => heard.push(value));
  const event = { type: 'event', event: 'changed', value: { what: 'datasets' } } as const;
  latest().tell(event);
  end();
  latest().tell(event);
  expect(heard).toEqual([{ what: 'datasets' }]);
});
