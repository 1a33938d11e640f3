/**
 * Makes a utility process look like a child process of Node's to the programs that run in it, so that the
 * training process is the same everywhere. Must be imported before them. Under Node it does nothing.
 */
const port = process.parentPort as typeof process.parentPort | undefined;

/** Milliseconds that a message may take to leave: a process that exits at once would take it along. */
const LEAVING = 100;

if (port) {
  process.send = ((message: unknown, ...rest: unknown[]) => {
    port.postMessage(message);
    const sent = rest.find((one) => typeof one === 'function') as ((error: Error | null) => void) | undefined;
    if (sent) setTimeout(() => sent(null), LEAVING);
    return true;
  }) as NonNullable<typeof process.send>;
  Object.defineProperty(process, 'connected', { value: true });
  port.on('message', ({ data }) => {
    process.emit('message', data, undefined);
  });
}

export {};
