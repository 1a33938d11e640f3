import type { BrowserWindowConstructorOptions } from 'electron';

/*
 * The shell's rules, each a function of plain values, so that each can be tested without Electron.
 * https://www.electronjs.org/docs/latest/tutorial/security names the items.
 */

export const SCHEME = 'theriac';
/** The only page there is. */
export const APP_ORIGIN = `${SCHEME}://app`;
export const APP_URL = `${APP_ORIGIN}/`;

/** Pages that may be opened in the user's own browser, on a click: where the method comes from. */
export const EXTERNAL_PAGES: readonly string[] = [
  'https://arxiv.org/abs/2110.11571',
  'https://github.com/bboylyg/ABL',
];

/** Whether an address belongs to the application's own page. */
export function isAppUrl(url: string): boolean {
  try {
    const { protocol, host, username, password, port } = new URL(url);
    return protocol === `${SCHEME}:` && host === 'app' && username === '' && password === '' && port === '';
  } catch {
    return false;
  }
}

/** Item 13: the window never leaves its page; reloading it is allowed. */
export function mayNavigate(url: string): boolean {
  return isAppUrl(url) && new URL(url).pathname === '/';
}

/** Item 15: nothing but the listed pages is handed to the user's browser. */
export function mayOpenExternally(url: string): boolean {
  return EXTERNAL_PAGES.includes(url);
}

/** Item 14: no page opens a window; a listed address is opened in the user's browser instead. */
export function onWindowOpen(url: string): { decision: { action: 'deny' }; external: string | null } {
  return { decision: { action: 'deny' }, external: mayOpenExternally(url) ? url : null };
}

/** Item 5: the screens need no camera, no place, no notification of their own: nothing is granted. */
export function mayHavePermission(): false {
  return false;
}

/**
 * Nothing leaves the computer: a request to anything but our own page is cancelled.
 * @param devTools whether the developer tools may load themselves (never in a packaged application)
 */
export function mayRequest(url: string, devTools: boolean): boolean {
  if (isAppUrl(url)) return true;
  if (url.startsWith(`blob:${APP_ORIGIN}/`)) return true;
  return devTools && url.startsWith('devtools://');
}

/** What is looked at of the frame that sent a message; null when it is gone. */
export interface SenderFrame {
  url: string;
  parent: unknown;
}

/** Item 17: messages count only from the main frame of our own page. */
export function isTrustedSender(frame: SenderFrame | null | undefined): boolean {
  return frame != null && frame.parent === null && isAppUrl(frame.url);
}

/** Items 2 to 4 and 6 to 11: stated once, though most are Electron's defaults. @param preload absolute path */
export function webPreferences(
  preload: string,
  devTools: boolean,
): BrowserWindowConstructorOptions['webPreferences'] {
  return {
    preload,
    contextIsolation: true,
    sandbox: true,
    nodeIntegration: false,
    nodeIntegrationInWorker: false,
    nodeIntegrationInSubFrames: false,
    webSecurity: true,
    allowRunningInsecureContent: false,
    experimentalFeatures: false,
    webviewTag: false,
    navigateOnDragDrop: false,
    // Electron fetches dictionaries from the network.
    spellcheck: false,
    devTools,
  };
}
