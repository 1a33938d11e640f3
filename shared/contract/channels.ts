import type { Api, ApiEvents, ApiName } from './api.ts';

/*
 * The names of the contract as values, without a schema library: the sandboxed preload carries them.
 * The two checks at the end fail to compile when a name is missing here.
 */

export const CALLS = [
  'app.info',
  'app.settings',
  'app.changeSettings',
  'engine.status',
  'engine.install',
  'engine.test',
  'tasks.list',
  'tasks.cancel',
  'datasets.list',
  'datasets.show',
  'datasets.preview',
  'datasets.import',
  'datasets.unfinished',
  'datasets.resumeImport',
  'datasets.discardImport',
  'datasets.sample',
  'datasets.attack',
  'datasets.attackPreview',
  'datasets.prepareAttackPreview',
  'datasets.rename',
  'datasets.remove',
  'datasets.images',
  'attacks.list',
  'presets.list',
  'experiments.list',
  'experiments.show',
  'experiments.estimate',
  'experiments.start',
  'experiments.stop',
  'experiments.resume',
  'experiments.edit',
  'experiments.trash',
  'experiments.restore',
  'experiments.baseline',
  'experiments.pin',
  'experiments.purge',
  'experiments.suspects',
  'experiments.histogram',
  'experiments.answers',
  'experiments.answersForFile',
  'experiments.picture',
  'experiments.try',
  'experiments.saliency',
  'experiments.suspectsCsv',
  'experiments.ranking',
  'experiments.marks',
  'experiments.mark',
  'experiments.export',
  'sweeps.list',
  'sweeps.show',
  'sweeps.open',
  'sweeps.check',
  'sweeps.start',
  'sweeps.stop',
  'sweeps.resume',
  'sweeps.save',
  'sweeps.remove',
  'bundles.preview',
  'bundles.open',
  'backup.create',
  'backup.restore',
] as const satisfies readonly ApiName[];

export const EVENTS = [
  'task',
  'progress',
  'epoch',
  'experiment',
  'changed',
  'sweep',
  'open-file',
  'open-experiment',
  'open-sweep',
] as const satisfies readonly (keyof ApiEvents)[];

export type EventName = keyof ApiEvents;

/** What the host tells on its own: a name with its value. */
export type ApiEvent = { [N in EventName]: { event: N; value: ApiEvents[N] } }[EventName];

/** Electron's own channels: one for all calls, one for all events, one for what only the shell can do. */
export const IPC = {
  call: 'theriac:call',
  event: 'theriac:event',
  shell: 'theriac:shell',
} as const;

/** The requests of the shell channel. */
export const SHELL_CALLS = ['pickFolder', 'pickFile', 'saveFile'] as const;
export type ShellCall = (typeof SHELL_CALLS)[number];

const calls: ReadonlySet<string> = new Set(CALLS);

/** Whether a name from outside is a call of the contract. */
export function isCall(name: unknown): name is ApiName {
  return typeof name === 'string' && calls.has(name);
}

type Nothing<T extends never> = T;
export type MissingCalls = Nothing<Exclude<keyof Api, (typeof CALLS)[number]>>;
export type MissingEvents = Nothing<Exclude<keyof ApiEvents, (typeof EVENTS)[number]>>;
