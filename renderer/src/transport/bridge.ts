import type { ApiArguments, ApiEvents, ApiName, ApiResult, Shell } from '../../../shared/contract/api.ts';
import type { DesktopBridge } from '../../../shared/contract/wire.ts';
import { toExpectedError, type ConnectionState, type Transport } from './transport.ts';

/** The contract over the desktop application's preload. The main process lives as long as the window does. */
export class BridgeTransport implements Transport {
  readonly state: ConnectionState = 'open';
  readonly shell: Shell;
  readonly #bridge: DesktopBridge;

  constructor(bridge: DesktopBridge) {
    this.#bridge = bridge;
    this.shell = bridge.shell;
  }

  async call<N extends ApiName>(name: N, ...args: ApiArguments<N>): Promise<ApiResult<N>> {
    const reply = await this.#bridge.invoke(name, args);
    if (!reply.ok) throw toExpectedError(reply.error);
    return reply.value as ApiResult<N>;
  }

  on<E extends keyof ApiEvents>(event: E, listener: (value: ApiEvents[E]) => void): () => void {
    return this.#bridge.subscribe(event, listener as (value: unknown) => void);
  }

  onState(): () => void {
    return () => undefined;
  }

  retry(): void {
    // There is nothing between the window and its own main process that could be tried again.
  }
}
