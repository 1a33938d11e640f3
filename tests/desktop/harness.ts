import { fork, spawn, type ChildProcess } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { chromium, type Browser, type Page } from 'playwright-core';

export const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const CHROMIUM = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find(
  existsSync,
);

/** Why tests that need a browser are skipped, or null. */
export const noBrowser = CHROMIUM ? null : 'there is no Chromium here (apt-get install chromium)';

/** What the application did with Electron: see `record` in the double. */
export interface Recorded {
  name: string;
  value: never;
}

export interface DesktopOptions {
  dataFolder: string;
  /** The main bundle: a checkout's by default. */
  main?: string;
  packaged?: boolean;
  environment?: Record<string, string>;
  args?: string[];
  /** Without a window to come. */
  windowless?: boolean;
}

/** The desktop application's built bundles under the double, and its window as a page that can be driven. */
export class Desktop {
  readonly process: ChildProcess;
  readonly records: Recorded[] = [];
  /** Console errors and policy violations of the page. */
  readonly complaints: string[] = [];
  readonly exited: Promise<number | null>;
  output = '';
  #page: Page | null = null;
  readonly #listeners = new Set<() => void>();
  readonly #close: (() => Promise<void>)[] = [];

  private constructor(process: ChildProcess) {
    this.process = process;
    process.on('message', (message) => {
      this.records.push(message as Recorded);
      for (const listener of this.#listeners) listener();
    });
    for (const stream of [process.stdout!, process.stderr!]) {
      stream.setEncoding('utf8').on('data', (text: string) => (this.output += text));
    }
    this.exited = new Promise((done) => process.once('close', (code) => done(code)));
  }

  static async start(options: DesktopOptions): Promise<Desktop> {
    const browser = options.windowless ? null : await startChromium();
    const main = options.main ?? join(ROOT, 'dist', 'desktop', 'main.js');
    const child = fork(main, options.args ?? [join(ROOT)], {
      execArgv: ['--import', fileURLToPath(new URL('./double/register.mjs', import.meta.url))],
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
      serialization: 'advanced',
      env: {
        ...process.env,
        THERIAC_DATA: options.dataFolder,
        DOUBLE_CHROMIUM: browser?.url ?? '',
        DOUBLE_PACKAGED: options.packaged ? '1' : '0',
        ...options.environment,
      },
    });
    const desktop = new Desktop(child);
    if (browser) {
      desktop.#close.push(browser.close);
      await desktop.#findPage(browser.browser);
    }
    return desktop;
  }

  get page(): Page {
    if (!this.#page) throw new Error(`no window; the application said: ${this.output}`);
    return this.#page;
  }

  wish(name: string, value: unknown = null): void {
    this.process.send({ name, value });
  }

  /** The first record of that name, now or later. */
  recorded<T = unknown>(name: string, fits: (value: T) => boolean = () => true): Promise<T> {
    return new Promise((done, fail) => {
      const look = () => {
        const found = this.records.find((one) => one.name === name && fits(one.value));
        if (!found) return;
        this.#listeners.delete(look);
        done(found.value);
      };
      this.#listeners.add(look);
      void this.exited.then((code) => fail(new Error(`it ended (${code}) before "${name}": ${this.output}`)));
      look();
    });
  }

  async close(): Promise<void> {
    this.process.kill('SIGKILL');
    await this.exited;
    for (const close of this.#close) await close();
  }

  async #findPage(browser: Browser): Promise<void> {
    await this.recorded('shown');
    const pages = browser.contexts().flatMap((context) => context.pages());
    const page = pages.find((one) => one.url().startsWith('https://theriac-app.invalid/'));
    if (!page)
      throw new Error(`no page of the application among ${pages.map((one) => one.url()).join(', ')}`);
    page.on('console', (message) => {
      if (message.type() === 'error') this.complaints.push(message.text());
    });
    page.on('pageerror', (error) => this.complaints.push(String(error)));
    page.setDefaultTimeout(60_000);
    this.#page = page;
  }
}

async function startChromium(): Promise<{ url: string; browser: Browser; close: () => Promise<void> }> {
  const profile = mkdtempSync(join(tmpdir(), 'theriac-chromium-'));
  const flags = [
    '--headless=new',
    '--remote-debugging-port=0',
    `--user-data-dir=${profile}`,
    '--no-first-run',
    '--disable-gpu',
    '--window-size=1360,900',
    // Containers have no user namespaces for it; the pages are our own.
    '--no-sandbox',
    'about:blank',
  ];
  const program = spawn(CHROMIUM!, flags, { stdio: ['ignore', 'ignore', 'pipe'] });
  const url = await new Promise<string>((done, fail) => {
    let text = '';
    program.stderr.setEncoding('utf8').on('data', (chunk: string) => {
      text += chunk;
      const found = /DevTools listening on (ws:\S+)/.exec(text)?.[1];
      if (found) done(found);
    });
    program.once('exit', () => fail(new Error(`Chromium did not start: ${text.slice(-500)}`)));
  });
  const browser = await chromium.connectOverCDP(url);
  return {
    url,
    browser,
    close: async () => {
      await browser.close();
      const gone = new Promise((done) => program.once('exit', done));
      program.kill('SIGKILL');
      await gone;
      rmSync(profile, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
    },
  };
}
