/**
 * What the page can reach of the application: the calls and events of the contract, and nothing else. Runs
 * sandboxed, so it is bundled to one CommonJS file that requires only `electron`, and it carries no schemas:
 * arguments are checked where they arrive.
 */
import { contextBridge, ipcRenderer, webUtils } from 'electron';
import type { ApiEvents, ApiName, Reply } from '../../shared/contract/api.ts';
import { CALLS, EVENTS, IPC, type ApiEvent, type ShellCall } from '../../shared/contract/channels.ts';
import type { DesktopBridge } from '../../shared/contract/wire.ts';

const calls: ReadonlySet<string> = new Set(CALLS);
const listeners = new Map<keyof ApiEvents, Set<(value: unknown) => void>>(
  EVENTS.map((event) => [event, new Set()]),
);

// One listener for all events: the page never sees Electron's own event object.
ipcRenderer.on(IPC.event, (_, { event, value }: ApiEvent) => {
  for (const listener of listeners.get(event) ?? []) listener(value);
});

const shell = (call: ShellCall, ...args: unknown[]) =>
  ipcRenderer.invoke(IPC.shell, call, args) as Promise<string | null>;

const bridge: DesktopBridge = {
  invoke: (name: ApiName, args: unknown[]) => {
    if (!calls.has(name)) return Promise.reject(new Error(`There is no call "${String(name)}".`));
    return ipcRenderer.invoke(IPC.call, name, args) as Promise<Reply<unknown>>;
  },
  subscribe: (event, listener) => {
    const all = listeners.get(event);
    if (!all) throw new Error(`There is no event "${String(event)}".`);
    // A wrapper of its own: the same function may subscribe twice.
    const mine = (value: unknown) => listener(value);
    all.add(mine);
    return () => {
      all.delete(mine);
    };
  },
  shell: {
    pickFolder: () => shell('pickFolder'),
    pickFile: (extensions) => shell('pickFile', extensions),
    saveFile: (suggestedName) => shell('saveFile', suggestedName),
    droppedPath: (file) => {
      try {
        return webUtils.getPathForFile(file as File) || null;
      } catch {
        // Not a file of this computer: dragged from another page, or text.
        return null;
      }
    },
  },
};

contextBridge.exposeInMainWorld('theriac', bridge);
