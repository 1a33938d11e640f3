import { join } from 'node:path';
import type { ApiEvents, DatasetSummary } from '../../shared/contract/api.ts';
import type { ApiEvent } from '../../shared/contract/channels.ts';
import { ExpectedError } from '../../shared/contract/errors.ts';
import { Catalogue } from '../history/catalogue.ts';
import type { DatasetRecord } from '../history/datasets.ts';
import type { Experiment } from '../history/experiments.ts';
import type { HostLog } from './api-log.ts';
import type { UserSettingsFile } from './api-settings.ts';
import { diskUse } from './disk-use.ts';
import { experimentFolder } from './experiments.ts';
import { Helper } from './helper/client.ts';
import { processes } from './processes.ts';
import { engineEnvironment } from './engine-environment.ts';
import type { Workspace } from './workspace.ts';

/** Seconds that the kept helper waits for another question, with the models of the last one in memory. */
const KEPT_HELPER_SECONDS = 120;

/** What all parts of the host's `Api` share: the open data folder, its processes, and the way to tell of changes. */
export class ApiContext {
  readonly settings: UserSettingsFile;
  readonly log: HostLog;
  /** Answers quick questions: previews, what models say. */
  readonly helper: Helper;
  readonly #tell: (event: ApiEvent) => void;
  #workspace: Workspace;
  #catalogue: Catalogue;
  readonly #bytes = new Map<string, number>();

  constructor(
    workspace: Workspace,
    parts: { settings: UserSettingsFile; log: HostLog; tell: (event: ApiEvent) => void },
  ) {
    this.#workspace = workspace;
    this.#catalogue = new Catalogue(workspace.history.db);
    this.settings = parts.settings;
    this.log = parts.log;
    this.#tell = parts.tell;
    this.helper = this.newHelper(KEPT_HELPER_SECONDS);
  }

  get ws(): Workspace {
    return this.#workspace;
  }

  get catalogue(): Catalogue {
    return this.#catalogue;
  }

  /** Takes another workspace in place of one that was closed. */
  replaceWorkspace(workspace: Workspace): void {
    this.#workspace = workspace;
    this.#catalogue = new Catalogue(workspace.history.db);
    this.#bytes.clear();
  }

  tell<N extends keyof ApiEvents>(event: N, value: ApiEvents[N]): void {
    this.#tell({ event, value } as ApiEvent);
  }

  newHelper(idleSeconds: number): Helper {
    return new Helper(
      async () => processes().helper(await engineEnvironment(this.settings.get().threads)),
      idleSeconds,
    );
  }

  /** @throws ExpectedError 'not-found' */
  dataset(id: string): DatasetRecord {
    const record = this.ws.history.datasets.get(id);
    if (record && record.removed === null) return record;
    throw new ExpectedError('not-found', 'This data set does not exist any more.');
  }

  /** @throws ExpectedError 'not-found' */
  experiment(id: string): Experiment {
    const experiment = this.ws.history.experiments.get(id);
    if (experiment) return experiment;
    throw new ExpectedError('not-found', 'This experiment does not exist any more.');
  }

  /** Data sets do not change once stored, so their size on disk is asked for once. */
  async datasetSummary({ manifest, experiments }: DatasetRecord): Promise<DatasetSummary> {
    const { id, name, created, classes, height, width, channels, counts, hasTruth } = manifest;
    const bytes = await this.#bytesOnce(`dataset ${id}`, join(this.ws.folder.datasets, id));
    const simulated = manifest.attack !== null;
    return {
      id,
      name,
      created,
      classes,
      height,
      width,
      channels,
      counts,
      hasTruth,
      simulated,
      bytes,
      experiments,
    };
  }

  /** Bytes of an experiment's folder; remembered once it is done. */
  experimentBytes(id: string, done: boolean): Promise<number> {
    const folder = experimentFolder(this.ws, id);
    return done ? this.#bytesOnce(`experiment ${id}`, folder) : diskUse(folder);
  }

  async #bytesOnce(key: string, folder: string): Promise<number> {
    let bytes = this.#bytes.get(key);
    if (bytes === undefined) {
      bytes = await diskUse(folder);
      this.#bytes.set(key, bytes);
    }
    return bytes;
  }
}
