import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { ExpectedError } from '../../shared/contract/errors.ts';
import { openDataset } from '../datasets/store.ts';
import { openHistory, type History } from '../history/open.ts';
import { prepareDataFolder, type DataFolder } from './data-folder.ts';

/** An open data folder: what every use case works on. */
export interface Workspace {
  folder: DataFolder;
  history: History;
  close(): void;
}

/**
 * Opens a data folder, creating it if need be. Data sets that lie there without being known (the program
 * ended between storing and noting one, or the history is new) are taken in.
 * @throws ExpectedError 'storage' or 'history'
 */
export async function openWorkspace(path: string): Promise<Workspace> {
  const folder = prepareDataFolder(path);
  const history = openHistory(folder.history);
  try {
    await adoptDatasets(folder, history);
  } catch (error) {
    history.close();
    throw error;
  }
  return { folder, history, close: () => history.close() };
}

async function adoptDatasets(folder: DataFolder, history: History): Promise<void> {
  const known = new Set(history.datasets.list().map((record) => record.manifest.id));
  for (const entry of readdirSync(folder.datasets, { withFileTypes: true })) {
    if (!entry.isDirectory() || entry.name.startsWith('.') || known.has(entry.name)) continue;
    try {
      const { manifest } = await openDataset(join(folder.datasets, entry.name));
      if (manifest.id === entry.name) history.datasets.add(manifest);
    } catch (error) {
      // A folder that holds no whole data set is none of ours.
      if (!(error instanceof ExpectedError)) throw error;
    }
  }
}
