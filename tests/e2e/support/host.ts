import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const ROOT = join(import.meta.dirname, '..', '..', '..');

/** A running `theriac serve` with a data folder of its own. */
export class Host {
  readonly address: string;
  readonly port: number;
  readonly dataFolder: string;
  readonly process: ChildProcess;
  readonly #ownsFolder: boolean;

  private constructor(
    process: ChildProcess,
    served: { address: string; port: number },
    folder: string,
    owns: boolean,
  ) {
    this.process = process;
    this.address = served.address;
    this.port = served.port;
    this.dataFolder = folder;
    this.#ownsFolder = owns;
  }

  /** @param options port 0 = any; without a folder one is made, and removed at the end */
  static async start(options: { port?: number; dataFolder?: string } = {}): Promise<Host> {
    const folder = options.dataFolder ?? (await mkdtemp(join(tmpdir(), 'theriac-e2e-')));
    const command = join(ROOT, 'electron', 'host', 'cli.ts');
    const args = [command, 'serve', '--json', '--data', folder, '--port', String(options.port ?? 0)];
    const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'] });
    let errors = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => (errors += text));
    let text = '';
    child.stdout.setEncoding('utf8');
    for await (const chunk of child.stdout) {
      text += String(chunk);
      if (text.trimEnd().endsWith('}')) break;
    }
    if (!text.trimEnd().endsWith('}')) throw new Error(`theriac serve did not start: ${errors}`);
    const served = JSON.parse(text) as { address: string; port: number };
    return new Host(child, served, folder, options.dataFolder === undefined);
  }

  async stop(signal: NodeJS.Signals = 'SIGINT'): Promise<void> {
    if (this.process.exitCode === null && this.process.signalCode === null) {
      this.process.kill(signal);
      await once(this.process, 'exit');
    }
    if (this.#ownsFolder) await rm(this.dataFolder, { recursive: true, force: true, maxRetries: 5 });
  }
}
