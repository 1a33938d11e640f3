import { fork, type ChildProcess } from 'node:child_process';
import { EventEmitter } from 'node:events';
import { fileURLToPath } from 'node:url';
import { record, state } from './state.ts';

interface ForkOptions {
  serviceName?: string;
  stdio?: 'pipe';
  env?: Record<string, string>;
  allowLoadingUnsignedLibraries?: boolean;
}

class UtilityProcess extends EventEmitter {
  readonly #child: ChildProcess;

  constructor(entry: string, args: string[], options: ForkOptions) {
    super();
    this.#child = fork(entry, args, {
      serialization: 'advanced',
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
      env: options.env ?? process.env,
      execArgv: ['--import', fileURLToPath(new URL('./parent-port.mjs', import.meta.url))],
    });
    record('utility-process', { name: options.serviceName, pid: this.#child.pid });
    this.#child.once('spawn', () => this.emit('spawn'));
    this.#child.on('message', (message: { port: unknown }) => this.emit('message', message.port));
    this.#child.once('close', (code) => this.emit('exit', code ?? 15));
  }

  get pid(): number | undefined {
    return this.#child.pid;
  }

  get stdout() {
    return this.#child.stdout;
  }

  get stderr() {
    return this.#child.stderr;
  }

  postMessage(message: unknown): void {
    this.#child.send({ port: structuredClone(message) as object });
  }

  kill(): boolean {
    return this.#child.kill();
  }
}

export const utilityProcess = {
  fork: (entry: string, args: string[], options: ForkOptions) => {
    if (!state.ready) throw new Error('utilityProcess cannot be created before app is ready');
    return new UtilityProcess(entry, args, options);
  },
};
