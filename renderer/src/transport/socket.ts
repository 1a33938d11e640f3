import { decode, encode } from '@msgpack/msgpack';
import type { ApiArguments, ApiEvents, ApiName, ApiResult, Shell } from '../../../shared/contract/api.ts';
import { ExpectedError } from '../../../shared/contract/errors.ts';
import { CLOSE_UNAUTHORISED, SOCKET_PROTOCOL } from '../../../shared/contract/wire.ts';
import type { CallFrame, HostFrame } from '../../../shared/contract/wire.ts';
import { Listeners, toExpectedError, type ConnectionState, type Transport } from './transport.ts';

const FIRST_WAIT_MS = 300;
const LONGEST_WAIT_MS = 5000;

/** What this transport uses of a WebSocket, so that tests can bring their own. */
export interface SocketLike {
  binaryType: string;
  onopen: (() => void) | null;
  onmessage: ((event: { data: unknown }) => void) | null;
  onclose: ((event: { code: number }) => void) | null;
  send(data: Uint8Array<ArrayBuffer>): void;
  close(): void;
}

export interface SocketOptions {
  url: string;
  token: string;
  shell: Shell;
  open?: (url: string, protocols: string[]) => SocketLike;
}

interface Pending {
  frame: CallFrame;
  resolve(value: unknown): void;
  reject(error: Error): void;
}

const openSocket = (url: string, protocols: string[]): SocketLike =>
  new WebSocket(url, protocols) as unknown as SocketLike;

/**
 * The contract over a WebSocket to the page's own origin. Calls made while there is no connection wait for
 * the next one; calls that were under way when it broke fail, since nobody knows whether they were carried out.
 */
export class SocketTransport implements Transport {
  readonly shell: Shell;
  readonly #options: SocketOptions;
  readonly #listeners = new Listeners();
  readonly #waiting: Pending[] = [];
  readonly #sent = new Map<number, Pending>();
  #state: ConnectionState = 'connecting';
  #socket: SocketLike | null = null;
  #lastId = 0;
  #wait = FIRST_WAIT_MS;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(options: SocketOptions) {
    this.#options = options;
    this.shell = options.shell;
    this.#connect();
  }

  get state(): ConnectionState {
    return this.#state;
  }

  onState(listener: (state: ConnectionState) => void): () => void {
    return this.#listeners.add('state', listener);
  }

  on<E extends keyof ApiEvents>(event: E, listener: (value: ApiEvents[E]) => void): () => void {
    return this.#listeners.add(`event:${event}`, listener);
  }

  call<N extends ApiName>(name: N, ...args: ApiArguments<N>): Promise<ApiResult<N>> {
    return new Promise((resolve, reject) => {
      if (this.#state === 'refused') {
        reject(refused());
        return;
      }
      const frame: CallFrame = { type: 'call', id: ++this.#lastId, name, args };
      const pending: Pending = { frame, resolve: resolve as (value: unknown) => void, reject };
      if (this.#state === 'open') this.#send(pending);
      else this.#waiting.push(pending);
    });
  }

  retry(): void {
    if (this.#state !== 'lost') return;
    clearTimeout(this.#timer);
    this.#connect();
  }

  #connect(): void {
    const { open = openSocket, url, token } = this.#options;
    const socket = open(url, [SOCKET_PROTOCOL, token]);
    socket.binaryType = 'arraybuffer';
    this.#socket = socket;
    socket.onopen = () => {
      this.#wait = FIRST_WAIT_MS;
      this.#setState('open');
      for (const pending of this.#waiting.splice(0)) this.#send(pending);
    };
    socket.onmessage = ({ data }) => this.#receive(decode(data as ArrayBuffer) as HostFrame);
    socket.onclose = ({ code }) => this.#closed(code);
  }

  #send(pending: Pending): void {
    this.#sent.set(pending.frame.id, pending);
    this.#socket!.send(encode(pending.frame, { ignoreUndefined: true }));
  }

  #receive(frame: HostFrame): void {
    if (frame.type === 'event') {
      this.#listeners.emit(`event:${frame.event}`, frame.value);
      return;
    }
    const pending = this.#sent.get(frame.id);
    if (!pending) return;
    this.#sent.delete(frame.id);
    if (frame.reply.ok) pending.resolve(frame.reply.value);
    else pending.reject(toExpectedError(frame.reply.error));
  }

  #closed(code: number): void {
    this.#socket = null;
    const broken = [...this.#sent.values()];
    this.#sent.clear();
    for (const { reject } of broken) {
      reject(
        new ExpectedError(
          'run-failed',
          'The connection to Theriac broke before it answered.',
          'Wait until the screens are connected again, look whether the action took effect, and repeat it if not.',
        ),
      );
    }
    if (code === CLOSE_UNAUTHORISED) {
      for (const { reject } of this.#waiting.splice(0)) reject(refused());
      this.#setState('refused');
      return;
    }
    this.#setState('lost');
    this.#timer = setTimeout(() => this.#connect(), this.#wait);
    this.#wait = Math.min(LONGEST_WAIT_MS, this.#wait * 2);
  }

  #setState(state: ConnectionState): void {
    if (state === this.#state) return;
    this.#state = state;
    this.#listeners.emit('state', state);
  }
}

function refused(): ExpectedError {
  return new ExpectedError(
    'usage',
    'This page does not have the key of the running Theriac.',
    'Open the address that the command printed, with everything after the # sign.',
  );
}
