import { EventEmitter } from 'node:events';
import { WebSocket } from 'ws';

type Parameters = Record<string, unknown>;

interface Waiting {
  resolve(result: Parameters): void;
  reject(error: Error): void;
}

/** A connection to Chromium's debugging port: just enough for one client with several sessions. */
export class Chromium extends EventEmitter {
  readonly #socket: WebSocket;
  readonly #waiting = new Map<number, Waiting>();
  #lastId = 0;

  private constructor(socket: WebSocket) {
    super();
    this.#socket = socket;
    socket.on('message', (data: Buffer) => this.#receive(JSON.parse(data.toString('utf8'))));
  }

  static async connect(url: string): Promise<Chromium> {
    const socket = new WebSocket(url, { maxPayload: 256 << 20 });
    await new Promise((done, fail) => socket.once('open', done).once('error', fail));
    return new Chromium(socket);
  }

  send(method: string, params: Parameters = {}, sessionId?: string): Promise<Parameters> {
    const id = ++this.#lastId;
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
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
