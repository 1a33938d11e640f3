import { ipcMain, type BrowserWindow, type IpcMainInvokeEvent } from 'electron';
import type { Reply } from '../../shared/contract/api.ts';
import { IPC } from '../../shared/contract/channels.ts';
import type { HostApi } from '../services/api.ts';
import { Dialogs } from './dialogs.ts';
import { isTrustedSender } from './security.ts';

/** Connects the window with the application. @returns ends the flow of events */
export function connectWindow(window: BrowserWindow, api: HostApi): () => void {
  const dialogs = new Dialogs();
  handle(IPC.call, (name, args): Promise<Reply<unknown>> => api.call(name, args));
  handle(IPC.shell, (call, args) => dialogs.answer(window, call, args));
  const end = api.subscribe((event) => {
    if (!window.isDestroyed()) window.webContents.send(IPC.event, event);
  });
  return () => {
    end();
    for (const channel of [IPC.call, IPC.shell]) ipcMain.removeHandler(channel);
  };
}

function handle(channel: string, answer: (first: unknown, second: unknown) => Promise<unknown>): void {
  ipcMain.handle(channel, (event: IpcMainInvokeEvent, first: unknown, second: unknown) => {
    if (!isTrustedSender(event.senderFrame)) throw new Error('This page may not ask for anything.');
    return answer(first, second);
  });
}
