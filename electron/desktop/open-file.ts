import { extname, resolve } from 'node:path';
import { app, type BrowserWindow } from 'electron';
import { IPC } from '../../shared/contract/channels.ts';
import { BUNDLE_EXTENSION } from '../exports/bundle/format.ts';

/** The bundle that somebody opened from the file manager: the first argument with its extension, or null. */
export function bundleAmong(args: readonly string[], workingFolder: string): string | null {
  const found = args.find(
    (argument) => !argument.startsWith('-') && extname(argument).toLowerCase() === `.${BUNDLE_EXTENSION}`,
  );
  return found === undefined ? null : resolve(workingFolder, found);
}

/**
 * Files that are opened from outside: on Windows and Linux they come as arguments of this start or of a second
 * one, on macOS as events, which may be there before the application is ready. They wait until the screens can
 * show them.
 */
export class FilesFromOutside {
  #waiting: string | null;
  #show: ((file: string) => void) | null = null;

  /** @param args of this start, without the program's own. To be made before the application is ready */
  constructor(args: readonly string[]) {
    this.#waiting = bundleAmong(args, process.cwd());
    app.on('open-file', (event, path) => {
      event.preventDefault();
      this.#open(bundleAmong([path], '/'));
    });
    app.on('second-instance', (_event, argv, workingFolder) => {
      this.#open(bundleAmong(argv, workingFolder));
    });
  }

  /** From when the page has loaded on, it is told of each file. */
  showIn(window: BrowserWindow): void {
    window.webContents.once('did-finish-load', () => {
      this.#show = (file) => {
        if (!window.isDestroyed())
          window.webContents.send(IPC.event, { event: 'open-file', value: { file } });
      };
      if (this.#waiting !== null) this.#show(this.#waiting);
      this.#waiting = null;
    });
  }

  #open(file: string | null): void {
    if (file === null) return;
    if (this.#show) this.#show(file);
    else this.#waiting = file;
  }
}
