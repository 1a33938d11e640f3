import { EventEmitter } from 'node:events';
import { Chromium } from './cdp.ts';
import { record, state, wishes } from './state.ts';

class App extends EventEmitter {
  readonly isPackaged = process.env.DOUBLE_PACKAGED === '1';
  readonly #switches = new Map<string, string>();
  #ready: Promise<void> | null = null;
  #quitting = false;

  readonly commandLine = {
    appendSwitch: (name: string, value = '') => {
      if (state.ready) throw new Error(`the switch ${name} comes too late`);
      this.#switches.set(name, value);
      record('switch', name);
    },
    getSwitchValue: (name: string) => {
      const given = process.argv.find((argument) => argument.startsWith(`--${name}=`));
      return this.#switches.get(name) ?? given?.slice(name.length + 3) ?? '';
    },
  };

  constructor() {
    super();
    wishes.on('quit', () => this.quit());
    wishes.on('second-instance', (start: { argv: string[]; folder: string } | null) =>
      this.emit('second-instance', {}, start?.argv ?? [], start?.folder ?? ''),
    );
    wishes.on('open-file', (path: string) => this.#openFile(path));
  }

  enableSandbox(): void {
    if (state.ready) throw new Error('app.enableSandbox() can only be called before app is ready');
    record('sandbox');
  }

  setPath(name: string, path: string): void {
    record('path', { name, path });
  }

  requestSingleInstanceLock(): boolean {
    return process.env.DOUBLE_SECOND !== '1';
  }

  whenReady(): Promise<void> {
    this.#ready ??= (async () => {
      // macOS tells of the file that started the application before it is ready.
      if (process.env.DOUBLE_OPEN_FILE) this.#openFile(process.env.DOUBLE_OPEN_FILE);
      const url = process.env.DOUBLE_CHROMIUM;
      if (url) state.chromium = await Chromium.connect(url);
      state.ready = true;
      this.emit('ready');
    })();
    return this.#ready;
  }

  /** In Electron's order: before-quit, the windows, will-quit, quit. Each can say no. */
  quit(): void {
    if (this.#quitting) return;
    if (this.#prevented('before-quit')) return;
    this.#quitting = true;
    void this.#closeAll().then((closed) => {
      this.#quitting = false;
      if (!closed || this.#prevented('will-quit')) return;
      this.exit(0);
    });
  }

  exit(code = 0): void {
    record('exit', code);
    // What was recorded must reach the test first.
    setImmediate(() => process.exit(code));
  }

  #openFile(path: string): void {
    this.emit('open-file', { preventDefault: () => record('open-file-taken', path) }, path);
  }

  async #closeAll(): Promise<boolean> {
    const { BrowserWindow } = await import('./browser-window.ts');
    for (const window of [...BrowserWindow.all]) window.close();
    return BrowserWindow.all.size === 0;
  }

  #prevented(name: string): boolean {
    let prevented = false;
    this.emit(name, { preventDefault: () => (prevented = true) });
    return prevented;
  }
}

export const app = new App();
