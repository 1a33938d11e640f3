import type { Settings } from '../../../shared/abl/settings.ts';
import type { ExperimentDetail } from '../../../shared/contract/api.ts';
import { SETTING_GROUPS, settingTitle } from '../../../shared/words/settings.ts';

export interface SettingsRow {
  key: string;
  title: string;
  /** One for each experiment, in the order given. */
  values: string[];
  differs: boolean;
}

type Run = Pick<
  ExperimentDetail,
  | 'settings'
  | 'datasetName'
  | 'datasetHash'
  | 'preset'
  | 'network'
  | 'seed'
  | 'methods'
  | 'engine'
  | 'appVersion'
>;

/** What was asked for in each run, side by side. Settings of the same name are told apart by their group. */
export function settingsDiff(experiments: readonly Run[]): SettingsRow[] {
  const row = (key: string, title: string, of: (one: Run) => string, same = of): SettingsRow => {
    const compared = experiments.map(same);
    return {
      key,
      title,
      values: experiments.map(of),
      differs: compared.some((value) => value !== compared[0]),
    };
  };
  const keys = [...new Set(experiments.flatMap(({ settings }) => Object.keys(settings)))];
  const titles = keys.map(settingTitle);
  const titleOf = (key: string, i: number) => {
    const title = titles[i]!;
    if (titles.filter((other) => other === title).length === 1) return title;
    const group = SETTING_GROUPS.find((one) => (one.keys as string[]).includes(key));
    return group ? `${group.title}: ${title.toLowerCase()}` : key;
  };
  return [
    // Data sets may have the same name and other images.
    row(
      'data',
      'Data set',
      (one) => one.datasetName,
      (one) => `${one.datasetName} ${one.datasetHash}`,
    ),
    row('preset', 'Preset', (one) => one.preset),
    row('network-name', 'Network', (one) => one.network),
    row('seed', 'Seed', (one) => String(one.seed)),
    row('methods', 'Models', (one) => one.methods.join(', ')),
    row('engine', 'Engine', (one) => (one.engine ? `${one.engine.kind} on ${one.engine.device}` : '–')),
    row('version', 'Version of Theriac', (one) => one.appVersion),
    ...keys.flatMap((key, i) =>
      key === 'network'
        ? []
        : [row(key, titleOf(key, i), ({ settings }) => String(settings[key as keyof Settings] ?? '–'))],
    ),
  ];
}
