import { BrowserWindow, screen } from 'electron';
import { APP_URL, webPreferences } from './security.ts';
import { readWindowState, SMALLEST, windowBounds, writeWindowState } from './window-state.ts';

export interface WindowOptions {
  /** Absolute path of the bundled preload. */
  preload: string;
  devTools: boolean;
  /** Remembers where the window stood. */
  stateFile: string;
  icon: string | null;
}

/** Opens the application's one window, where it stood last time. It is shown when it has something to show. */
export function openWindow({ preload, devTools, stateFile, icon }: WindowOptions): BrowserWindow {
  const primary = screen.getPrimaryDisplay();
  const others = screen.getAllDisplays().filter((display) => display.id !== primary.id);
  const { bounds, maximized } = windowBounds(
    readWindowState(stateFile),
    [primary, ...others].map((display) => display.workArea),
  );
  const window = new BrowserWindow({
    ...bounds,
    minWidth: SMALLEST.width,
    minHeight: SMALLEST.height,
    show: false,
    title: 'Theriac',
    backgroundColor: '#f6f5f2',
    autoHideMenuBar: true,
    ...(icon ? { icon } : {}),
    webPreferences: webPreferences(preload, devTools),
  });
  if (maximized) window.maximize();
  window.once('ready-to-show', () => window.show());
  window.on('close', () => {
    writeWindowState(stateFile, { ...window.getNormalBounds(), maximized: window.isMaximized() });
  });
  void window.loadURL(APP_URL);
  return window;
}
