import type { ApiEvents, ApiName, Reply, Shell } from './api.ts';

/*
 * How the contract of `api.ts` travels between the screens and their host: the frames of the loopback
 * WebSocket, and the bridge that the desktop's preload puts on `window`. Types and constants only, so that
 * the preload can import it without a schema library.
 */

/** Path of the WebSocket on the page's own origin. */
export const SOCKET_PATH = '/socket';

/**
 * The screens offer two subprotocols: this one and the token of the page's fragment (`#token=…`). The host
 * selects this one; with a wrong token it accepts and closes at once with CLOSE_UNAUTHORISED, so that the
 * screens can say why (a refused upgrade looks to a page like a host that is gone).
 */
export const SOCKET_PROTOCOL = 'theriac';
export const CLOSE_UNAUTHORISED = 4401;

/** Screens to host; each frame is one binary MessagePack message. `id` rises from 1 within a connection. */
export interface CallFrame {
  type: 'call';
  id: number;
  name: ApiName;
  args: unknown[];
}

/** Host to screens; each frame is one binary MessagePack message. Binary values are Uint8Array. */
export type HostFrame =
  | { type: 'reply'; id: number; reply: Reply<unknown> }
  | { type: 'event'; event: keyof ApiEvents; value: unknown };

/** `window.theriac` in the desktop application. */
export interface DesktopBridge {
  invoke(name: ApiName, args: unknown[]): Promise<Reply<unknown>>;
  /** Answers with a function that ends the subscription. */
  subscribe(event: keyof ApiEvents, listener: (value: unknown) => void): () => void;
  shell: Shell;
}
