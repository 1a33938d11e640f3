import { decode, encode } from '@msgpack/msgpack';
import type { Page } from 'playwright-core';
import type { Api, ApiName, Reply } from '../../../shared/contract/api.ts';
import type { CallFrame, HostFrame } from '../../../shared/contract/wire.ts';

type Change<N extends ApiName> = (
  answer: Reply<ReturnType<Api[N]>>,
  args: unknown[],
) => Reply<ReturnType<Api[N]>>;

/**
 * Stands between a page and its host: answers can be changed on their way, to see states that are hard to bring
 * about (a damaged engine, a full disk), and the line can be cut.
 */
export class Interception {
  readonly #changes = new Map<string, Change<ApiName>>();
  readonly #held = new Map<string, (() => void)[]>();
  #cut = false;
  #close: (() => Promise<void>) | null = null;

  /** To be called before the page is opened. */
  async attach(page: Page): Promise<void> {
    await page.routeWebSocket(/\/socket$/, (line) => {
      if (this.#cut) {
        void line.close({ code: 1012 });
        return;
      }
      const host = line.connectToServer();
      const names = new Map<number, CallFrame>();
      this.#close = () => line.close({ code: 1012 });
      line.onMessage((message) => {
        const call = decode(message as Buffer) as CallFrame;
        names.set(call.id, call);
        host.send(message);
      });
      host.onMessage((message) => {
        const frame = decode(message as Buffer) as HostFrame;
        const call = frame.type === 'reply' ? names.get(frame.id) : undefined;
        const change = call && this.#changes.get(call.name);
        const pass = () => {
          if (frame.type !== 'reply' || !change) {
            line.send(message);
            return;
          }
          const reply = change(frame.reply as never, call.args);
          line.send(Buffer.from(encode({ ...frame, reply }, { ignoreUndefined: true })));
        };
        const waiting = call && this.#held.get(call.name);
        if (waiting) waiting.push(pass);
        else pass();
      });
    });
  }

  /** Changes the answers to a call from now on. */
  change<N extends ApiName>(name: N, change: Change<N>): void {
    this.#changes.set(name, change as unknown as Change<ApiName>);
  }

  /** Changes the value of every good answer. */
  value<N extends ApiName>(name: N, change: (value: ReturnType<Api[N]>) => unknown): void {
    this.change(name, (answer) =>
      answer.ok ? { ok: true, value: change(answer.value) as ReturnType<Api[N]> } : answer,
    );
  }

  /** Keeps the answers to a call back until `release`. */
  hold(name: ApiName): void {
    this.#held.set(name, []);
  }

  release(name: ApiName): void {
    const waiting = this.#held.get(name) ?? [];
    this.#held.delete(name);
    for (const pass of waiting) pass();
  }

  /** Breaks the connection, and refuses new ones until `mend`. */
  async cut(): Promise<void> {
    this.#cut = true;
    await this.#close?.();
  }

  mend(): void {
    this.#cut = false;
  }

  /** Answers come as they are from now on. */
  clear(): void {
    this.#changes.clear();
  }
}
