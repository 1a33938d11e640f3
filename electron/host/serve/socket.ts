import { decode, encode } from '@msgpack/msgpack';
import type { RawData, WebSocket } from 'ws';
import { z } from 'zod';
import type { ApiEvent } from '../../../shared/contract/channels.ts';
import type { HostFrame } from '../../../shared/contract/wire.ts';
import type { HostApi } from '../../services/api.ts';

/** Largest frame from a page. Calls carry paths and numbers, never images. */
export const MAX_FRAME_BYTES = 1 << 20;
/** Calls of one page that may be under way at once. */
const MAX_CALLS = 64;
/** A page that reads this slowly does without progress events… */
const SLOW_BYTES = 4 << 20;
/** …and this slowly is cut off: it connects again when it can. */
const STUCK_BYTES = 64 << 20;
const HEARTBEAT_SECONDS = 15;

const CLOSE_BAD_FRAME = 1007;
const CLOSE_TRY_LATER = 1013;

const callFrame = z.strictObject({
  type: z.literal('call'),
  id: z.int().min(0),
  name: z.string().max(100),
  args: z.array(z.unknown()).max(10),
});

/** Connects one page, whose token was right, with the application. */
export function connectPage(socket: WebSocket, api: HostApi): void {
  let calls = 0;
  let alive = true;
  const send = (frame: HostFrame) => {
    if (socket.readyState !== socket.OPEN) return;
    if (socket.bufferedAmount > STUCK_BYTES) socket.close(CLOSE_TRY_LATER, 'too slow');
    else socket.send(encode(frame, { ignoreUndefined: true }));
  };
  const end = api.subscribe((event: ApiEvent) => {
    if (event.event === 'progress' && socket.bufferedAmount > SLOW_BYTES) return;
    send({ type: 'event', event: event.event, value: event.value });
  });
  const heartbeat = setInterval(() => {
    if (!alive) return socket.terminate();
    alive = false;
    socket.ping();
  }, HEARTBEAT_SECONDS * 1000);
  socket.on('pong', () => {
    alive = true;
  });
  socket.on('message', (data, binary) => {
    const frame = binary ? readFrame(data) : null;
    if (!frame) return socket.close(CLOSE_BAD_FRAME, 'a frame that was not understood');
    const { id, name, args } = frame;
    if (calls >= MAX_CALLS) {
      const message = 'The page asked for too much at once.';
      return send({ type: 'reply', id, reply: { ok: false, error: { code: 'busy', message } } });
    }
    calls += 1;
    void api.call(name, args).then((reply) => {
      calls -= 1;
      send({ type: 'reply', id, reply });
    });
  });
  // A frame that is too large, or a broken connection: 'close' follows.
  socket.on('error', () => undefined);
  socket.on('close', () => {
    clearInterval(heartbeat);
    end();
  });
}

function readFrame(data: RawData): z.infer<typeof callFrame> | null {
  try {
    const bytes = Array.isArray(data) ? Buffer.concat(data) : new Uint8Array(data);
    const parsed = callFrame.safeParse(
      decode(bytes, { maxStrLength: 100_000, maxArrayLength: 10_000, maxMapLength: 1000 }),
    );
    return parsed.success ? parsed.data : null;
  } catch {
    return null;
  }
}
