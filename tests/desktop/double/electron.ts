/**
 * Stands in for the `electron` module, so that the built main bundle boots under Node: windows are pages of a real
 * Chromium, utility processes are child processes, dialogs answer what the test has laid ready, and everything
 * that only the system could show is told to the test. It refuses what Electron refuses (too early, too late).
 */
import { EventEmitter } from 'node:events';
import { record, state, wishes, type RequestRule } from './state.ts';

// Electron's own argument list holds no path of a script, and it knows where a package's resources lie.
process.argv.splice(1, 1);
Object.assign(process, { resourcesPath: process.env.DOUBLE_RESOURCES ?? '' });

export { app } from './app.ts';
export { BrowserWindow } from './browser-window.ts';
export { utilityProcess } from './utility-process.ts';

wishes.on('dialogs', (dialogs: Partial<typeof state.dialogs>) => Object.assign(state.dialogs, dialogs));

export const dialog = {
  showOpenDialog: (_window: unknown, options: unknown) => {
    record('open-dialog', options);
    const filePaths = state.dialogs.open.shift() ?? [];
    return Promise.resolve({ canceled: filePaths.length === 0, filePaths });
  },
  showSaveDialog: (_window: unknown, options: unknown) => {
    record('save-dialog', options);
    const filePath = state.dialogs.save.shift() ?? '';
    return Promise.resolve({ canceled: filePath === '', filePath });
  },
  showMessageBox: (_window: unknown, options: unknown) => {
    record('message-box', options);
    return Promise.resolve({ response: state.dialogs.message.shift() ?? 0 });
  },
  showErrorBox: (title: string, text: string) => record('error-box', { title, text }),
};

export const ipcMain = {
  handle: (channel: string, handler: (event: unknown, ...args: unknown[]) => unknown) => {
    if (state.handlers.has(channel))
      throw new Error(`Attempted to register a second handler for '${channel}'`);
    state.handlers.set(channel, handler);
  },
  removeHandler: (channel: string) => state.handlers.delete(channel),
};

export const Menu = {
  buildFromTemplate: (template: unknown[]) => template,
  setApplicationMenu: (menu: unknown) => record('menu', JSON.parse(JSON.stringify(menu))),
};

export class Notification extends EventEmitter {
  static isSupported(): boolean {
    return true;
  }

  readonly #options: unknown;

  constructor(options: unknown) {
    super();
    this.#options = options;
  }

  show(): void {
    record('notification', this.#options);
    wishes.once('click-notification', () => this.emit('click'));
  }
}

let blockers = 0;
export const powerSaveBlocker = {
  start: (type: string) => {
    blockers += 1;
    record('awake', type);
    return blockers;
  },
  stop: (id: number) => record('asleep', id),
};

export const protocol = {
  registerSchemesAsPrivileged: (schemes: { scheme: string }[]) => {
    if (state.ready)
      throw new Error('protocol.registerSchemesAsPrivileged should be called before app is ready');
    state.privileged = schemes.map(({ scheme }) => scheme);
  },
  handle: (scheme: string, handler: (request: Request) => Promise<Response>) => {
    if (!state.ready) throw new Error('protocol.handle can only be used after app is ready');
    if (!state.privileged.includes(scheme)) throw new Error(`the scheme ${scheme} is not privileged`);
    state.schemes.set(scheme, handler);
  },
};

const display = { id: 1, workArea: { x: 0, y: 0, width: 1600, height: 1000 } };
export const screen = { getPrimaryDisplay: () => display, getAllDisplays: () => [display] };

export const session = {
  fromPartition: (partition: string) => ({
    webRequest: { onBeforeRequest: (rule: RequestRule) => state.beforeRequest.set(partition, rule) },
  }),
  defaultSession: {
    setPermissionRequestHandler: (
      handler: (c: unknown, p: string, answer: (granted: boolean) => void) => void,
    ) => handler(null, 'media', (granted) => record('permission', { granted })),
    setPermissionCheckHandler: (handler: () => boolean) => record('permission-check', { granted: handler() }),
    setDevicePermissionHandler: (handler: () => boolean) =>
      record('device-permission', { granted: handler() }),
    webRequest: {
      onBeforeRequest: (rule: RequestRule) => state.beforeRequest.set('', rule),
    },
    on: (event: string) => record('session-event', event),
  },
};

export const shell = {
  openExternal: (url: string) => {
    record('open-external', url);
    return Promise.resolve();
  },
  openPath: (path: string) => {
    record('open-path', path);
    return Promise.resolve('');
  },
};
