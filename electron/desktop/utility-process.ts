import { utilityProcess } from 'electron';
import type { TrainerProcess } from '../trainer/process.ts';
import { trainerEnvironment } from '../trainer/process.ts';

/**
 * Starts one of the application's own processes as Electron's utility process, which needs no Node binary.
 * Electron 44 crashes when something is sent from within an exit listener, and may report an exit twice; hence
 * `ended`, checked before anything is sent.
 * @param entry absolute path of a bundle that imports child-port.ts first
 * @param name as it appears in the system's list of processes
 */
export function startUtilityProcess<Message>(
  entry: string,
  name: string,
  environment: Readonly<Record<string, string>>,
): TrainerProcess<Message> {
  const child = utilityProcess.fork(entry, [], {
    serviceName: name,
    stdio: 'pipe',
    env: trainerEnvironment(environment),
    allowLoadingUnsignedLibraries: true,
  });
  let ended = false;
  let spawned = false;
  const waiting: Message[] = [];
  child.once('spawn', () => {
    spawned = true;
    for (const message of waiting.splice(0)) child.postMessage(message);
  });
  return {
    get pid() {
      return child.pid;
    },
    send: (message) => {
      if (ended) return;
      if (spawned) child.postMessage(message);
      else waiting.push(message);
    },
    kill: () => {
      if (ended) return;
      // Electron's own kill asks politely, which a process that hangs in native code does not hear.
      if (child.pid === undefined) child.kill();
      else process.kill(child.pid, 'SIGKILL');
    },
    onMessage: (listener) => {
      child.on('message', listener);
    },
    onLog: (listener) => {
      for (const stream of [child.stdout, child.stderr]) {
        stream?.on('data', (chunk: Buffer) => listener(chunk.toString('utf8')));
      }
    },
    onEnd: (listener) => {
      child.once('exit', (code) => {
        if (ended) return;
        ended = true;
        listener({ code, signal: null });
      });
    },
  };
}
