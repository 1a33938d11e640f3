import { once } from 'node:events';
import { decode, encode } from '@msgpack/msgpack';
import { WebSocket } from 'ws';
import type { ApiArguments, ApiName, ApiResult, Reply, Task } from '../../../shared/contract/api.ts';
import { SOCKET_PATH, SOCKET_PROTOCOL, type HostFrame } from '../../../shared/contract/wire.ts';
import type { Host } from './host.ts';

/** Calls a host as the screens do, to set a scene without clicking through it. */
export class Client {
  readonly #socket: WebSocket;
  readonly #pending = new Map<number, (reply: Reply<unknown>) => void>();
  #lastId = 0;

  private constructor(socket: WebSocket) {
    this.#socket = socket;
    socket.on('message', (data: Buffer) => {
      const frame = decode(data) as HostFrame;
      if (frame.type !== 'reply') return;
      this.#pending.get(frame.id)?.(frame.reply);
      this.#pending.delete(frame.id);
    });
    socket.on('close', () => {
      const error = { code: 'run-failed' as const, message: 'the host has gone' };
      for (const settle of this.#pending.values()) settle({ ok: false, error });
      this.#pending.clear();
    });
  }

  static async connect({ address, port }: Pick<Host, 'address' | 'port'>): Promise<Client> {
    const origin = `http://127.0.0.1:${port}`;
    const token = address.split('#token=')[1]!;
    const socket = new WebSocket(`${origin.replace('http', 'ws')}${SOCKET_PATH}`, [SOCKET_PROTOCOL, token], {
      origin,
    });
    await once(socket, 'open');
    return new Client(socket);
  }

  async call<N extends ApiName>(name: N, ...args: ApiArguments<N>): Promise<ApiResult<N>> {
    const id = ++this.#lastId;
    const answer = new Promise<Reply<unknown>>((resolve) => this.#pending.set(id, resolve));
    this.#socket.send(encode({ type: 'call', id, name, args }, { ignoreUndefined: true }));
    const reply = await answer;
    if (!reply.ok) throw new Error(`${name}: ${reply.error.message}`);
    return reply.value as ApiResult<N>;
  }

  /** Waits for a long task and gives the new data set's id. */
  async finished(task: Task): Promise<string> {
    for (;;) {
      const now = (await this.call('tasks.list')).find(({ id }) => id === task.id);
      if (now?.state === 'done') return now.datasetId ?? '';
      if (now && now.state !== 'running')
        throw new Error(`${task.title}: ${now.error?.message ?? now.state}`);
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }

  /** Waits until an experiment has left the states 'queued' and 'running'. */
  async over(id: string): Promise<string> {
    for (;;) {
      const { state } = await this.call('experiments.show', id);
      if (state !== 'running' && state !== 'queued') return state;
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
  }

  close(): void {
    this.#socket.close();
  }
}
