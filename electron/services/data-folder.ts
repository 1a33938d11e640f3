import { accessSync, constants } from 'node:fs';
import { join, resolve } from 'node:path';
import envPaths from 'env-paths';
import { makeFolder } from '../history/make-folder.ts';
import { asStorageError } from '../history/storage-errors.ts';

/** Where everything that Theriac keeps lies. */
export interface DataFolder {
  path: string;
  /** The database. */
  history: string;
  /** One folder per data set, named by its id. */
  datasets: string;
  /** One folder per experiment, named by its id. */
  experiments: string;
}

/** The data folder's path: the option, else THERIAC_DATA, else the platform's place for application data. */
export function dataFolderPath(option?: string, environment: NodeJS.ProcessEnv = process.env): string {
  return resolve(option || environment.THERIAC_DATA || envPaths('theriac', { suffix: '' }).data);
}

/** Names the parts of a data folder without touching the disk. */
export function dataFolder(path: string): DataFolder {
  return {
    path,
    history: join(path, 'history.db'),
    datasets: join(path, 'datasets'),
    experiments: join(path, 'experiments'),
  };
}

/** Creates what is missing; harmless when two processes do it at once. @throws ExpectedError 'storage' */
export function prepareDataFolder(path: string): DataFolder {
  const folder = dataFolder(path);
  try {
    // Private to the user: the images may be confidential.
    makeFolder(folder.path, 0o700);
    for (const part of [folder.datasets, folder.experiments]) {
      makeFolder(part);
      accessSync(part, constants.W_OK);
    }
    return folder;
  } catch (error) {
    throw asStorageError(error, `the data folder ${path}`);
  }
}
