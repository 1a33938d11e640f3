import { dataFolderPath } from '../services/data-folder.ts';
import { openWorkspace, type Workspace } from '../services/workspace.ts';
import type { CommonOptions } from './output.ts';
import { Output } from './output.ts';
import { listenForStop, type StopWish } from './signals.ts';

/** Runs a command on the data folder and closes it afterwards. */
export async function withWorkspace<T>(
  options: CommonOptions,
  action: (ws: Workspace, out: Output) => Promise<T>,
): Promise<T> {
  const out = new Output(options.json === true);
  const ws = await openWorkspace(dataFolderPath(options.data));
  try {
    return await action(ws, out);
  } finally {
    out.progress.end();
    ws.close();
  }
}

/** The same for work that takes long: Ctrl-C stops it in good order. @param note said at the first Ctrl-C */
export async function withStop<T>(
  out: Output,
  note: string,
  action: (wish: StopWish) => Promise<T>,
): Promise<T> {
  const wish = listenForStop(() => out.progress.note(note));
  try {
    return await action(wish);
  } finally {
    wish.release();
  }
}
