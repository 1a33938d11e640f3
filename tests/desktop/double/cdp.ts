import { EventEmitter } from 'node:events';
import { WebSocket } from 'ws';
import { record } from './state.ts';

type Parameters = Record<string, unknown>;

interface Waiting {
  session: string | undefined;
  resolve(result: Parameters): void;
  reject(error: Error): void;
}

/** A command that Chromium leaves unanswered for so long will never be answered. */
const PATIENCE_MS = 60_000;

/** A connection to Chromium's debugging port: just enough for one client with several sessions. */
export class Chromium extends EventEmitter {
  readonly #socket: WebSocket;
  readonly #waiting = new Map<number, Waiting>();
  #lastId = 0;

  private constructor(socket: WebSocket) {
    super();
    this.#socket = socket;
    socket.on('message', (data: Buffer) => this.#receive(JSON.parse(data.toString('utf8'))));
    socket.on('close', () => {
      for (const { reject } of this.#waiting.values()) reject(new Error('Chromium has gone'));
      this.#waiting.clear();
    });
    // What a page that is closed was asked is never answered.
    this.on('Target.detachedFromTarget', ({ sessionId }: { sessionId: string }) => {
      for (const [id, { session, reject }] of this.#waiting) {
        if (session !== sessionId) continue;
        this.#waiting.delete(id);
        reject(new Error('the page has gone'));
      }
    });
  }

  static async connect(url: string): Promise<Chromium> {
    const socket = new WebSocket(url, { maxPayload: 256 << 20 });
    await new Promise((done, fail) => socket.once('open', done).once('error', fail));
    return new Chromium(socket);
  }

  send(method: string, params: Parameters = {}, sessionId?: string): Promise<Parameters> {
    const id = ++this.#lastId;
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#waiting.delete(id);
        record('chromium-silent', { method, params: JSON.stringify(params).slice(0, 200) });
        reject(new Error(`Chromium did not answer ${method} in ${PATIENCE_MS / 1000} s`));
      }, PATIENCE_MS).unref();
      const settle = (end: () => void) => {
        clearTimeout(timer);
        end();
      };
      this.#waiting.set(id, {
        session: sessionId,
        resolve: (result) => settle(() => resolve(result)),
        reject: (error) => settle(() => reject(error)),
      });
      this.#socket.send(JSON.stringify({ id, method, params, ...(sessionId ? { sessionId } : {}) }));
    });
  }

  /** Events of one session, by method. */
  onSession(sessionId: string, method: string, listener: (params: never) => void): void {
    this.on(`${sessionId} ${method}`, listener as (params: unknown) => void);
  }

  #receive(message: {
    id?: number;
    method?: string;
    params?: Parameters;
    result?: Parameters;
    error?: { message: string };
    sessionId?: string;
  }): void {
    if (message.id === undefined) {
      this.emit(
        message.sessionId ? `${message.sessionId} ${message.method}` : message.method!,
        message.params,
      );
      return;
    }
    const waiting = this.#waiting.get(message.id);
    this.#waiting.delete(message.id);
    if (message.error) waiting?.reject(new Error(message.error.message));
    else waiting?.resolve(message.result ?? {});
  }
}
