import type { ApiArguments, ApiEvents, ApiName, ApiResult, Shell } from '../../../shared/contract/api.ts';
import { ExpectedError } from '../../../shared/contract/errors.ts';
import type { ErrorCode, ErrorValue } from '../../../shared/contract/errors.ts';

/** `lost`: the host does not answer, trying again; `refused`: the page's token is not the host's. */
export type ConnectionState = 'connecting' | 'open' | 'lost' | 'refused';

export interface Transport {
  /** @throws ExpectedError what the host answered, or 'run-failed' when the connection breaks under a call */
  call<N extends ApiName>(name: N, ...args: ApiArguments<N>): Promise<ApiResult<N>>;
  on<E extends keyof ApiEvents>(event: E, listener: (value: ApiEvents[E]) => void): () => void;
  readonly state: ConnectionState;
  onState(listener: (state: ConnectionState) => void): () => void;
  /** Tries again now instead of at the next interval. */
  retry(): void;
  readonly shell: Shell;
}

export function toExpectedError(error: ErrorValue): ExpectedError {
  return new ExpectedError(error.code as ErrorCode, error.message, error.remedy);
}

/** Listeners by event, shared by the transports. */
export class Listeners {
  readonly #byEvent = new Map<string, Set<(value: never) => void>>();

  add(event: string, listener: (value: never) => void): () => void {
    const set = this.#byEvent.get(event) ?? new Set();
    this.#byEvent.set(event, set);
    set.add(listener);
    return () => set.delete(listener);
  }

  emit(event: string, value: unknown): void {
    for (const listener of this.#byEvent.get(event) ?? []) listener(value as never);
  }
}
