import { fork, spawn, type ChildProcess } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { chromium, type Browser, type Page } from 'playwright-core';
import type { Reply } from '../../shared/contract/api.ts';

export const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const CHROMIUM = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find(
  existsSync,
);

/** Why tests that need a browser are skipped, or null. */
export const noBrowser = CHROMIUM ? null : 'there is no Chromium here (apt-get install chromium)';

/**
 * How long a wait may take on a busy machine. None should come near it; one that does fails with what was awaited,
 * instead of standing still until the whole test is given up.
 */
const PATIENCE_MS = 240_000;

/** The same promise, but refused once nobody would wait any longer. @param about what there is to say then */
async function within<T>(work: Promise<T>, what: string, about: () => string): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const tooLate = new Promise<never>((_, fail) => {
    timer = setTimeout(
      () => fail(new Error(`${PATIENCE_MS / 1000} s went by without ${what}.\n${about()}`)),
      PATIENCE_MS,
    );
  });
  try {
    return await Promise.race([work, tooLate]);
  } finally {
    clearTimeout(timer);
  }
}

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
  readonly #exited: Promise<number | null>;
  output = '';
  #page: Page | null = null;
  #listened = 0;
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
    this.#exited = new Promise((done) => process.once('close', (code) => done(code)));
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
    let look = () => {};
    const found = new Promise<T>((done, fail) => {
      look = () => {
        const record = this.records.find((one) => one.name === name && fits(one.value));
        if (record) done(record.value);
      };
      this.#listeners.add(look);
      void this.#exited.then((code) =>
        fail(new Error(`it ended (${code}) before "${name}": ${this.output}`)),
      );
      look();
    });
    return this.#within(found, `a record "${name}"`).finally(() => this.#listeners.delete(look));
  }

  /** What an expression in the page comes to; a promise is awaited. */
  evaluate<T = unknown>(expression: string): Promise<T> {
    const line = expression.trim().replace(/\s+/g, ' ').slice(0, 160);
    return this.#within(this.page.evaluate(expression) as Promise<T>, `the page's answer to: ${line}`);
  }

  /** A call of the bridge. */
  async call<T>(name: string, ...args: unknown[]): Promise<T> {
    const reply = await this.evaluate<Reply<T>>(
      `window.theriac.invoke(${JSON.stringify(name)}, ${JSON.stringify(args)})`,
    );
    if (!reply.ok) throw new Error(`${name}: ${reply.error.message}`);
    return reply.value;
  }

  /**
   * Listens to an event of the bridge. What brings it about may begin once this has resolved: the application tells the
   * page on another line than the test does, and would be heard first.
   * @param fits an expression over `value`
   * @returns waits for the first event that fits
   */
  async listen<T>(name: string, fits: string): Promise<() => Promise<T>> {
    this.#listened += 1;
    const heard = `window.heard${this.#listened}`;
    await this.evaluate(`void (${heard} = new Promise((done) => {
      const end = window.theriac.subscribe(${JSON.stringify(name)}, (value) => {
        if (!(${fits})) return;
        end();
        done(value);
      });
    }))`);
    return () => this.#within(this.page.evaluate(heard) as Promise<T>, `the event "${name}" with ${fits}`);
  }

  /** The application's exit code, once it has ended. */
  ended(): Promise<number | null> {
    return this.#within(this.#exited, 'the end of the application');
  }

  async close(): Promise<void> {
    this.process.kill('SIGKILL');
    await this.ended();
    for (const close of this.#close) await this.#within(close(), 'the end of Chromium');
  }

  #within<T>(work: Promise<T>, what: string): Promise<T> {
    return within(work, what, () => {
      const records = this.records.slice(-12).map(({ name, value }) => `${name} ${JSON.stringify(value)}`);
      return [
        `The page is at ${this.#page?.url() ?? 'no address'}; it complained: ${this.complaints.join('; ') || 'not'}.`,
        `The last records: ${records.map((one) => one.slice(0, 200)).join(' | ') || 'none'}.`,
        `The application said: ${this.output.slice(-2000) || 'nothing'}`,
      ].join('\n');
    });
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
  let text = '';
  const gone = new Promise((done) => program.once('exit', done));
  const listening = new Promise<string>((done, fail) => {
    program.stderr.setEncoding('utf8').on('data', (chunk: string) => {
      text += chunk;
      const found = /DevTools listening on (ws:\S+)/.exec(text)?.[1];
      if (found) done(found);
    });
    program.once('error', fail);
    void gone.then(() => fail(new Error(`Chromium did not start: ${text.slice(-500)}`)));
  });
  const end = async () => {
    program.kill('SIGKILL');
    await gone;
    rmSync(profile, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
  };
  try {
    const url = await within(listening, 'an address of Chromium', () => `Chromium said: ${text.slice(-500)}`);
    const browser = await chromium.connectOverCDP(url, { timeout: PATIENCE_MS });
    // Its pages go with the program; a farewell to each of them could be one that is never answered.
    return { url, browser, close: end };
  } catch (error) {
    await end();
    throw error;
  }
}
