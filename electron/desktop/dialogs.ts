import { dirname, join } from 'node:path';
import { dialog, type BrowserWindow } from 'electron';
import { z } from 'zod';
import { SHELL_CALLS, type ShellCall } from '../../shared/contract/channels.ts';

const shellArguments = {
  pickFolder: z.tuple([]),
  pickFile: z.tuple([z.array(z.string().regex(/^[a-z0-9]{1,10}$/i)).max(30)]),
  saveFile: z.tuple([z.string().min(1).max(200)]),
} as const;

/**
 * The system's file dialogs. Since Electron 43 they begin in Downloads each time, so the last folder is
 * remembered here, for as long as the program runs.
 */
export class Dialogs {
  #lastFolder: string | null = null;

  /** @returns the path, or null when the user thought better of it. @throws Error on arguments that do not fit */
  async answer(window: BrowserWindow, call: unknown, args: unknown): Promise<string | null> {
    const name = SHELL_CALLS.find((known) => known === call);
    if (!name) throw new Error('There is no such request.');
    return this.#answer(window, name, args);
  }

  async #answer(window: BrowserWindow, call: ShellCall, args: unknown): Promise<string | null> {
    switch (call) {
      case 'pickFolder': {
        shellArguments.pickFolder.parse(args);
        return this.#pick(window, { properties: ['openDirectory'] });
      }
      case 'pickFile': {
        const [extensions] = shellArguments.pickFile.parse(args);
        const filters = extensions.length > 0 ? [{ name: extensions.join(', '), extensions }] : [];
        return this.#pick(window, { properties: ['openFile'], filters });
      }
      case 'saveFile': {
        const [suggested] = shellArguments.saveFile.parse(args);
        const plain = suggested.replace(/[^\p{L}\p{N} ._-]+/gu, '-').replace(/^\.+/, '') || 'theriac';
        const defaultPath = this.#lastFolder ? join(this.#lastFolder, plain) : plain;
        const { canceled, filePath } = await dialog.showSaveDialog(window, {
          defaultPath,
          properties: ['showOverwriteConfirmation', 'createDirectory'],
        });
        return canceled || !filePath ? null : this.#remember(filePath);
      }
    }
  }

  async #pick(window: BrowserWindow, options: Electron.OpenDialogOptions): Promise<string | null> {
    const { canceled, filePaths } = await dialog.showOpenDialog(window, {
      ...options,
      ...(this.#lastFolder ? { defaultPath: this.#lastFolder } : {}),
    });
    const [path] = filePaths;
    return canceled || path === undefined ? null : this.#remember(path);
  }

  #remember(path: string): string {
    this.#lastFolder = dirname(path);
    return path;
  }
}
