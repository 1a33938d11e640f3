/** The user's wish to stop: the first Ctrl-C (or SIGTERM) asks, the second ends at once. */
export interface StopWish {
  stop: AbortSignal;
  kill: AbortSignal;
  /** Leaves the signals to the system again, unless a stop was asked for: a further press does not cut the end short. */
  release(): void;
}

/** Milliseconds in which one Ctrl-C may come twice: from the terminal, and passed on by npm or a script. */
const ONE_PRESS = 500;

/** @param onStop called at the first signal, to say what happens now */
export function listenForStop(onStop: () => void): StopWish {
  const stop = new AbortController();
  const kill = new AbortController();
  let first = 0;
  const listener = () => {
    if (stop.signal.aborted) {
      if (performance.now() - first >= ONE_PRESS) kill.abort();
      return;
    }
    first = performance.now();
    onStop();
    stop.abort();
  };
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
  for (const signal of signals) process.on(signal, listener);
  return {
    stop: stop.signal,
    kill: kill.signal,
    release: () => {
      if (stop.signal.aborted) return;
      for (const signal of signals) process.off(signal, listener);
    },
  };
}
