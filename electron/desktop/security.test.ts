import { readFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { CONTENT_SECURITY_POLICY } from '../host/serve/page-headers.ts';
import { menuTemplate } from './menu.ts';
import { pageHandler, resolvePage } from './protocol.ts';
import {
  EXTERNAL_PAGES,
  isAppUrl,
  isTrustedSender,
  mayHavePermission,
  mayNavigate,
  mayOpenExternally,
  mayRequest,
  onWindowOpen,
  webPreferences,
} from './security.ts';
import { readWindowState, SMALLEST, windowBounds, writeWindowState } from './window-state.ts';

const FOREIGN = [
  'https://example.com/',
  'http://127.0.0.1:8080/',
  'file:///etc/passwd',
  'theriac://other/',
  'theriac://app.example.com/',
  'theriac://user@app/',
  'theriac://app:80/',
  'data:text/html,x',
  'javascript:alert(1)',
  'about:blank',
  'blob:https://example.com/1',
  'chrome://gpu',
  '',
  'app',
];

test('only our own page is our own page', () => {
  for (const url of ['theriac://app/', 'theriac://app/index.html', 'theriac://app/#/history'])
    expect(isAppUrl(url)).toBe(true);
  for (const url of FOREIGN) expect(isAppUrl(url), url).toBe(false);
});

test('the window never leaves its page', () => {
  for (const url of ['theriac://app/', 'theriac://app/#/run?data=x']) expect(mayNavigate(url)).toBe(true);
  for (const url of [...FOREIGN, 'theriac://app/assets/x.js']) expect(mayNavigate(url), url).toBe(false);
});

test('no page opens a window; listed pages go to the user’s own browser', () => {
  for (const url of [...FOREIGN, 'theriac://app/', `${EXTERNAL_PAGES[0]}?x`, `${EXTERNAL_PAGES[0]}/../..`]) {
    expect(onWindowOpen(url), url).toEqual({ decision: { action: 'deny' }, external: null });
    expect(mayOpenExternally(url), url).toBe(false);
  }
  for (const url of EXTERNAL_PAGES) {
    expect(onWindowOpen(url)).toEqual({ decision: { action: 'deny' }, external: url });
    expect(new URL(url).protocol).toBe('https:');
  }
});

test('nothing is permitted', () => {
  expect(mayHavePermission()).toBe(false);
});

test('nothing leaves the computer', () => {
  for (const url of FOREIGN) expect(mayRequest(url, false), url).toBe(false);
  for (const url of ['wss://example.com/', 'devtools://devtools/x.js'])
    expect(mayRequest(url, false)).toBe(false);
  expect(mayRequest('theriac://app/assets/index.js', false)).toBe(true);
  expect(mayRequest('blob:theriac://app/1234', false)).toBe(true);
  expect(mayRequest('devtools://devtools/x.js', true)).toBe(true);
});

test('messages count only from the main frame of our page', () => {
  expect(isTrustedSender({ url: 'theriac://app/#/', parent: null })).toBe(true);
  expect(isTrustedSender({ url: 'theriac://app/', parent: {} })).toBe(false);
  expect(isTrustedSender({ url: 'https://example.com/', parent: null })).toBe(false);
  expect(isTrustedSender(null)).toBe(false);
  expect(isTrustedSender(undefined)).toBe(false);
});

test('the page runs in a sandbox', () => {
  expect(webPreferences('/preload.cjs', false)).toEqual({
    preload: '/preload.cjs',
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
    spellcheck: false,
    devTools: false,
  });
});

describe('own scheme', () => {
  const root = '/app/renderer';

  test('files of the screens are found', () => {
    expect(resolvePage('theriac://app/', root)).toEqual({
      file: join(root, 'index.html'),
      type: 'text/html; charset=utf-8',
    });
    expect(resolvePage('theriac://app/assets/index-a1B2_c.js?v=1#x', root)?.file).toBe(
      join(root, 'assets', 'index-a1B2_c.js'),
    );
    expect(resolvePage('theriac://app', root)?.file).toBe(join(root, 'index.html'));
  });

  test('nothing else is', () => {
    for (const path of [
      '/../secret.js',
      '/assets/../../secret.js',
      '/%2e%2e/secret.js',
      '/%2E%2E%2Fsecret.js',
      '/..%5csecret.js',
      '/..\\secret.js',
      '/assets\\x.js',
      '/x.js%00.html',
      '/x\0.js',
      '//etc/passwd.js',
      '/C:/windows/x.js',
      '/.hidden.js',
      '/assets/.git/x.js',
      '/assets/',
      '/assets',
      '/x.node',
      '/x.exe',
      '/x',
    ]) {
      expect(resolvePage(`theriac://app${path}`, root), path).toBeNull();
    }
    for (const url of FOREIGN) expect(resolvePage(url, root), url).toBeNull();
  });

  test('every answer carries the policy', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'theriac-protocol-'));
    writeFileSync(join(folder, 'index.html'), '<title>Theriac</title>');
    const handle = pageHandler(folder);
    const page = await handle(new Request('theriac://app/'));
    expect([page.status, await page.text()]).toEqual([200, '<title>Theriac</title>']);
    expect(page.headers.get('content-security-policy')).toBe(CONTENT_SECURITY_POLICY);
    expect(page.headers.get('x-content-type-options')).toBe('nosniff');
    const missing = await handle(new Request('theriac://app/missing.js'));
    expect(missing.status).toBe(404);
    expect(missing.headers.get('content-security-policy')).toBe(CONTENT_SECURITY_POLICY);
    expect((await handle(new Request('theriac://app/', { method: 'POST' }))).status).toBe(404);
    rmSync(folder, { recursive: true });
  });
});

describe('where the window stands', () => {
  const primary = { x: 0, y: 0, width: 1920, height: 1040 };
  const second = { x: 1920, y: 0, width: 1280, height: 984 };
  const state = { x: 100, y: 50, width: 1200, height: 800, maximized: true };

  test('as it stood, while its display is there', () => {
    expect(windowBounds(state, [primary])).toEqual({
      bounds: { x: 100, y: 50, width: 1200, height: 800 },
      maximized: true,
    });
    const other = { ...state, x: 2000 };
    expect(windowBounds(other, [primary, second]).bounds).toMatchObject({ x: 2000, y: 50 });
    expect(windowBounds(other, [primary]).bounds).toEqual({ width: 1200, height: 800 });
  });

  test('never out of reach or out of proportion', () => {
    for (const lost of [{ x: -1190 }, { y: -30 }, { y: 1030 }, { x: 1900 }]) {
      expect(windowBounds({ ...state, ...lost }, [primary]).bounds).not.toHaveProperty('x');
    }
    expect(windowBounds({ ...state, width: 10, height: 10 }, [primary]).bounds).toMatchObject(SMALLEST);
    expect(windowBounds({ ...state, width: 90_000, height: 90_000 }, [primary]).bounds).toMatchObject({
      width: 1920,
      height: 1040,
    });
  });

  test('a file that is damaged is as good as none', () => {
    for (const bad of [
      null,
      'x',
      {},
      { ...state, x: '1' },
      { ...state, width: Number.NaN },
      { ...state, extra: 1 },
    ]) {
      expect(windowBounds(bad, [primary])).toEqual({
        bounds: { width: 1360, height: 900 },
        maximized: false,
      });
    }
    const folder = mkdtempSync(join(tmpdir(), 'theriac-window-'));
    const file = join(folder, 'window.json');
    expect(readWindowState(file)).toBeNull();
    writeWindowState(file, state);
    expect(readWindowState(file)).toEqual(state);
    writeFileSync(file, readFileSync(file, 'utf8').slice(0, 10));
    expect(readWindowState(file)).toBeNull();
    writeWindowState(join(folder, 'missing', 'window.json'), state);
    rmSync(folder, { recursive: true });
  });
});

test('developer tools are no part of a package’s menu', () => {
  const actions = { openDataFolder: () => undefined, openExternal: () => undefined, about: () => undefined };
  for (const platform of ['linux', 'win32', 'darwin'] as const) {
    expect(JSON.stringify(menuTemplate(platform, false, actions))).not.toMatch(/toggleDevTools|reload/);
    expect(JSON.stringify(menuTemplate(platform, true, actions))).toMatch(/toggleDevTools/);
  }
});
