/** The desktop application: one window on the same screens and services that the browser host has. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { app, type BrowserWindow, dialog, Menu, protocol, session, shell } from 'electron';
import { ExpectedError } from '../../shared/contract/errors.ts';
import { createApi, type HostApi } from '../services/api.ts';
import { dataFolderPath, prepareDataFolder } from '../services/data-folder.ts';
import { APP_VERSION } from '../services/version.ts';
import { confirmClose } from './close-guard.ts';
import { guardContents, guardSession, openExternal } from './guards.ts';
import { connectWindow } from './ipc.ts';
import { menuTemplate } from './menu.ts';
import { FilesFromOutside } from './open-file.ts';
import { printPdf } from './print.ts';
import { pageHandler } from './protocol.ts';
import { keepAwake, tellOfEnds } from './run-companions.ts';
import { SCHEME } from './security.ts';
import { openWindow } from './window.ts';

/**
 * @param built folder of the bundles: dist/desktop, in a checkout and in a package alike
 * @param args of the command line, without the program's own
 */
export function openApplication(built: string, args: readonly string[]): void {
  try {
    const folder = prepareDataFolder(dataFolderPath(app.commandLine.getSwitchValue('data'))).path;
    // One application for each data folder, and nothing of Chromium's outside it.
    app.setPath('userData', join(folder, 'desktop'));
    if (app.requestSingleInstanceLock()) start(folder, built, new FilesFromOutside(args)).catch(giveUp);
    else app.quit();
  } catch (error) {
    void app.whenReady().then(() => giveUp(error));
  }
}

async function start(folder: string, built: string, files: FilesFromOutside): Promise<void> {
  const devTools = !app.isPackaged;
  guardContents();
  await app.whenReady();
  protocol.handle(SCHEME, pageHandler(join(built, '..', 'renderer')));
  guardSession(session.defaultSession, devTools);
  const api = await createApi({ dataFolder: folder, host: 'desktop', print: printPdf });
  const icon = join(built, '..', '..', 'resources', 'icon.png');
  const window = openWindow({
    preload: join(built, 'preload.cjs'),
    devTools,
    stateFile: join(folder, 'window.json'),
    icon: process.platform === 'linux' && existsSync(icon) ? icon : null,
  });
  Menu.setApplicationMenu(
    Menu.buildFromTemplate(
      menuTemplate(process.platform, devTools, {
        openDataFolder: () => void shell.openPath(folder),
        openExternal,
        about: () => void about(window, folder),
      }),
    ),
  );
  const disconnect = connectWindow(window, api);
  files.showIn(window);
  const sleepAgain = keepAwake(api);
  tellOfEnds(api, window);
  app.on('second-instance', () => {
    if (window.isMinimized()) window.restore();
    window.focus();
  });
  endInGoodOrder(window, api, () => {
    disconnect();
    sleepAgain();
  });
}

/** Closing asks when a run is going on; quitting waits until it has its checkpoint. */
function endInGoodOrder(window: BrowserWindow, api: HostApi, release: () => void): void {
  let decided = false;
  let asking = false;
  let closed = false;
  const ask = async () => {
    if (asking) return;
    asking = true;
    decided = await confirmClose(window);
    asking = false;
    if (decided) app.quit();
  };
  window.on('close', (event) => {
    if (decided || api.training === null) return;
    event.preventDefault();
    void ask();
  });
  app.on('before-quit', (event) => {
    if (decided || api.training === null) return;
    event.preventDefault();
    void ask();
  });
  app.on('window-all-closed', () => app.quit());
  app.on('will-quit', (event) => {
    if (closed) return;
    event.preventDefault();
    release();
    void api.close().finally(() => {
      closed = true;
      app.quit();
    });
  });
}

function giveUp(error: unknown): void {
  const expected = error instanceof ExpectedError ? error.toValue() : null;
  const text = expected ? [expected.message, expected.remedy].filter(Boolean).join('\n\n') : String(error);
  dialog.showErrorBox('Theriac cannot start', text);
  app.exit(1);
}

async function about(window: BrowserWindow, folder: string): Promise<void> {
  await dialog.showMessageBox(window, {
    type: 'info',
    title: 'About Theriac',
    message: `Theriac ${APP_VERSION}`,
    detail: `Trains a clean image classifier from data that somebody may have poisoned.\n\nNothing leaves this computer.\n\nData folder: ${folder}`,
    buttons: ['Close'],
  });
}
