import { EventEmitter } from 'node:events';
import { readFileSync } from 'node:fs';
import { app } from './app.ts';
import type { Chromium } from './cdp.ts';
import { decode, encode } from './codec.ts';
import { fromChromium, record, state, toChromium, wishes } from './state.ts';

type Prevent = { preventDefault(): void };
type OpenHandler = (details: { url: string }) => { action: 'allow' | 'deny' };
interface Options {
  webPreferences?: {
    preload?: string;
    sandbox?: boolean;
    contextIsolation?: boolean;
    nodeIntegration?: boolean;
    partition?: string;
    javascript?: boolean;
  };
  [name: string]: unknown;
}

const WORLDS = readFileSync(new URL('./preload-world.js', import.meta.url), 'utf8');
const WORLD = 'electron-preload';
const BINDING = '__invoke';

/** A page that has not loaded by then never will. */
const PATIENCE_MS = 60_000;

/** A page of a real Chromium, seen through Electron's interface. */
class WebContents extends EventEmitter {
  #openHandler: OpenHandler | null = null;
  readonly #preferences: NonNullable<Options['webPreferences']>;
  #session = '';
  #target = '';
  #world: number | null = null;
  #loading = '';
  #url = 'about:blank';
  #closed = false;
  /** Addresses that the page asked for and that are not answered yet. */
  readonly #underWay = new Set<string>();

  constructor(preferences: NonNullable<Options['webPreferences']>) {
    super();
    this.#preferences = preferences;
    wishes.on('paths', (paths) => {
      const known = this.#inWorld(`globalThis.__paths = ${JSON.stringify(paths)}`);
      void known.then(() => record('paths-known'));
    });
  }

  setWindowOpenHandler(handler: OpenHandler): void {
    this.#openHandler = handler;
  }

  send(channel: string, value: unknown): void {
    void this.#inWorld(
      `globalThis.__deliver?.(${JSON.stringify(channel)}, ${JSON.stringify(encode(value))})`,
    );
  }

  async load(url: string): Promise<void> {
    if (!this.#session) await this.#open();
    this.#loading = toChromium(url);
    const loaded = new Promise<void>((done, fail) => {
      const timer = setTimeout(() => {
        record('load-silent', { url, underWay: [...this.#underWay] });
        fail(new Error(`${url} did not load; not answered: ${[...this.#underWay].join(' ') || 'nothing'}`));
      }, PATIENCE_MS).unref();
      this.once('did-finish-load', () => {
        clearTimeout(timer);
        done();
      });
    });
    await Promise.all([loaded, this.#send('Page.navigate', { url: this.#loading })]);
  }

  async printToPDF({ printBackground, preferCSSPageSize }: Record<string, unknown>): Promise<Buffer> {
    const { data } = await this.#send('Page.printToPDF', { printBackground, preferCSSPageSize });
    record('printed');
    return Buffer.from(data as string, 'base64');
  }

  async close(): Promise<void> {
    this.#closed = true;
    if (this.#target) await this.#chromium.send('Target.closeTarget', { targetId: this.#target });
  }

  get #chromium(): Chromium {
    if (!state.chromium) throw new Error('app is not ready');
    return state.chromium;
  }

  #send(method: string, params: Record<string, unknown> = {}): Promise<Record<string, unknown>> {
    return this.#chromium.send(method, params, this.#session);
  }

  async #open(): Promise<void> {
    const chromium = this.#chromium;
    const { targetId } = await chromium.send('Target.createTarget', { url: 'about:blank' });
    this.#target = targetId as string;
    const attached = await chromium.send('Target.attachToTarget', { targetId, flatten: true });
    this.#session = attached.sessionId as string;
    const on = (method: string, listener: (params: never) => void) =>
      chromium.onSession(this.#session, method, listener);
    on('Fetch.requestPaused', (request: Paused) => {
      this.#underWay.add(request.request.url);
      this.#answer(request).then(
        () => this.#underWay.delete(request.request.url),
        (error: unknown) => {
          if (!this.#closed) throw error;
        },
      );
    });
    on(
      'Runtime.bindingCalled',
      ({ payload, executionContextId }: { payload: string; executionContextId: number }) => {
        this.#world = executionContextId;
        void this.#invoke(payload);
      },
    );
    on('Runtime.executionContextCreated', ({ context }: { context: { id: number; name: string } }) => {
      if (context.name === WORLD) this.#world = context.id;
    });
    on('Page.loadEventFired', () => {
      // The empty page that every window begins with may finish late.
      if (this.#url !== 'about:blank') this.emit('did-finish-load');
    });
    on('Page.frameNavigated', ({ frame }: { frame: { url: string; parentId?: string } }) => {
      if (!frame.parentId) this.#url = fromChromium(frame.url);
    });
    chromium.on(
      'Target.targetCreated',
      ({ targetInfo }: { targetInfo: { targetId: string; openerId?: string; url: string } }) => {
        if (targetInfo.openerId !== this.#target) return;
        const { action } = this.#openHandler?.({ url: fromChromium(targetInfo.url) }) ?? { action: 'allow' };
        record('window-open', { url: fromChromium(targetInfo.url), action });
        if (action === 'deny') void this.#refuse(targetInfo.targetId);
      },
    );
    await chromium.send('Target.setDiscoverTargets', { discover: true });
    await this.#send('Page.enable');
    await this.#send('Runtime.enable');
    await this.#send('Fetch.enable', { patterns: [{ urlPattern: '*' }] });
    const { preload, javascript } = this.#preferences;
    if (javascript === false) await this.#send('Emulation.setScriptExecutionDisabled', { value: true });
    if (preload) await this.#installPreload(readFileSync(preload, 'utf8'));
  }

  /**
   * Closes a window that the page opened. Another debugger, the test's, makes new windows wait for it, and the page
   * with them: a window that is closed while it waits would leave its opener waiting for ever.
   */
  async #refuse(targetId: string): Promise<void> {
    const chromium = this.#chromium;
    const attached = await chromium.send('Target.attachToTarget', { targetId, flatten: true });
    const session = attached.sessionId as string;
    await chromium.send('Runtime.runIfWaitingForDebugger', {}, session);
    await chromium.send('Runtime.evaluate', { expression: '1' }, session);
    await chromium.send('Target.closeTarget', { targetId });
  }

  async #installPreload(source: string): Promise<void> {
    await this.#send('Runtime.addBinding', { name: BINDING, executionContextName: WORLD });
    // The page's world first: it must hear what the preload exposes.
    await this.#send('Page.addScriptToEvaluateOnNewDocument', { source: `{${WORLDS}\nmainWorld();}` });
    await this.#send('Page.addScriptToEvaluateOnNewDocument', {
      source: `{${WORLDS}\npreloadWorld(${JSON.stringify(source)}, '${BINDING}');}`,
      worldName: WORLD,
    });
  }

  async #invoke(payload: string): Promise<void> {
    const { id, channel, args } = decode(payload) as { id: number; channel: string; args: unknown[] };
    const event = { sender: this, senderFrame: { url: this.#url, parent: null } };
    let answer: unknown;
    try {
      const handler = state.handlers.get(channel);
      if (!handler) throw new Error(`No handler registered for '${channel}'`);
      answer = { id, value: structuredClone(await handler(event, ...args)) };
    } catch (error) {
      answer = { id, error: `Error invoking remote method '${channel}': ${String(error)}` };
    }
    await this.#inWorld(`globalThis.__settle(${JSON.stringify(encode(answer))})`);
  }

  async #inWorld(expression: string): Promise<void> {
    if (this.#world === null) return;
    // The page may have gone in between.
    await this.#send('Runtime.evaluate', { expression, contextId: this.#world }).catch(() => undefined);
  }

  async #answer({ requestId, request, resourceType }: Paused): Promise<void> {
    const url = fromChromium(request.url);
    // An aborted navigation leaves the page as it is; a blocked one would show an error page.
    const fail = (errorReason = 'BlockedByClient') =>
      this.#send('Fetch.failRequest', { requestId, errorReason });
    if (
      resourceType === 'Document' &&
      request.url !== this.#loading &&
      this.#prevented('will-navigate', url)
    ) {
      record('navigation-refused', url);
      return void (await fail('Aborted'));
    }
    if (await isCancelled(url, this.#preferences.partition ?? '')) {
      record('request-refused', url);
      return void (await fail());
    }
    const scheme = state.schemes.get(new URL(url).protocol.slice(0, -1));
    if (!scheme) return void (await this.#send('Fetch.continueRequest', { requestId }));
    const response = await scheme(new Request(url, { method: request.method }));
    await this.#send('Fetch.fulfillRequest', {
      requestId,
      responseCode: response.status,
      responseHeaders: [...response.headers].map(([name, value]) => ({ name, value })),
      body: Buffer.from(await response.arrayBuffer()).toString('base64'),
    });
  }

  #prevented(name: string, url: string): boolean {
    let prevented = false;
    this.emit(name, { url, preventDefault: () => (prevented = true) } satisfies Prevent & { url: string });
    return prevented;
  }
}

interface Paused {
  requestId: string;
  resourceType: string;
  request: { url: string; method: string };
}

function isCancelled(url: string, partition: string): Promise<boolean> {
  const rule = state.beforeRequest.get(partition);
  return rule ? new Promise((done) => rule({ url }, ({ cancel }) => done(cancel))) : Promise.resolve(false);
}

export class BrowserWindow extends EventEmitter {
  static readonly all = new Set<BrowserWindow>();
  readonly webContents: WebContents;
  #destroyed = false;
  #focused = true;

  constructor(options: Options) {
    super();
    if (!state.ready) throw new Error('Cannot create BrowserWindow before app is ready');
    record('window', options);
    this.webContents = new WebContents(options.webPreferences ?? {});
    BrowserWindow.all.add(this);
    app.emit('web-contents-created', {}, this.webContents);
    this.webContents.once('did-finish-load', () => this.emit('ready-to-show'));
    wishes.on('close-window', () => this.close());
    wishes.on('focus', (focused: boolean) => (this.#focused = focused));
  }

  loadURL(url: string): Promise<void> {
    return this.webContents.load(url);
  }

  show(): void {
    record('shown');
  }

  close(): void {
    if (this.#destroyed) return;
    let prevented = false;
    this.emit('close', { preventDefault: () => (prevented = true) });
    if (prevented) return record('close-prevented');
    this.#destroyed = true;
    BrowserWindow.all.delete(this);
    void this.webContents.close().then(() => {
      this.emit('closed');
      if (BrowserWindow.all.size === 0) app.emit('window-all-closed');
    });
  }

  /** At once, without asking anybody. */
  destroy(): void {
    this.#destroyed = true;
    BrowserWindow.all.delete(this);
    void this.webContents.close();
  }

  isDestroyed = () => this.#destroyed;
  isFocused = () => this.#focused;
  isMinimized = () => false;
  isMaximized = () => false;
  restore = () => record('restored');
  focus = () => record('focused');
  maximize = () => record('maximized');
  getNormalBounds = () => ({ x: 10, y: 20, width: 1200, height: 800 });
}
