import type { ExperimentDetail, ExportRequest } from '../../../shared/contract/api.ts';

export type ExportKind = ExportRequest['what'];

export interface ExportChoice {
  what: ExportKind;
  title: string;
  /** For whom and what for. */
  help: string;
  /** The first is the usual one. `extension` is empty where a folder is made. */
  formats: { value: string; title: string; extension: string }[];
}

const TABLE = [
  { value: 'csv', title: 'CSV table', extension: 'csv' },
  { value: 'json', title: 'JSON', extension: 'json' },
];

const CHOICES: ExportChoice[] = [
  {
    what: 'dataset',
    title: 'Cleaned data set',
    help: 'The images without those that this run isolated, with a list of what was removed and why.',
    formats: [
      { value: 'folders', title: 'Folders with one subfolder per class (PNG)', extension: '' },
      { value: 'csv', title: 'Lists of files (CSV)', extension: '' },
      { value: 'jsonl', title: 'Lists of files (JSON lines)', extension: '' },
      { value: 'npz', title: 'NumPy arrays (NPZ)', extension: '' },
      { value: 'parquet', title: 'Parquet, as Hugging Face has it', extension: '' },
    ],
  },
  {
    what: 'suspects',
    title: 'List of suspects',
    help: 'Each isolated example with its file, label, loss and what was done about it.',
    formats: TABLE,
  },
  {
    what: 'metrics',
    title: 'Figures',
    help: 'The table has every epoch; JSON has everything that was measured.',
    formats: TABLE,
  },
  {
    what: 'bundle',
    title: 'The whole experiment',
    help: 'One file that another Theriac opens with a double-click: figures, models, checkpoints.',
    formats: [{ value: 'theriac', title: 'Bundle', extension: 'theriac' }],
  },
];

/** What can be taken out of an experiment as it is now. */
export function exportChoices(one: Pick<ExperimentDetail, 'state' | 'isolation'>): ExportChoice[] {
  return CHOICES.filter(({ what }) => {
    if (what === 'dataset') return one.state === 'done' && one.isolation !== null;
    return what !== 'suspects' || one.isolation !== null;
  });
}

/** A file name of letters that every system takes, from the experiment's name. */
export function suggestedName(experiment: string, { what }: ExportChoice, extension: string): string {
  const plain = experiment
    .normalize('NFKD')
    .replace(/[^A-Za-z0-9]+/g, '-')
    .replace(/^-+|-+$/g, '')
    .slice(0, 60);
  const name = what === 'bundle' ? plain || 'experiment' : `${plain || 'experiment'}-${what}`;
  return extension === '' ? name : `${name}.${extension}`;
}

/** The request for a choice. @param options of which each kind takes its own */
export function exportRequest(
  what: ExportKind,
  format: string,
  options: { to: string; withDataset: boolean },
): ExportRequest {
  const { to, withDataset } = options;
  // The formats come from the choices above, which name those of the contract.
  return (what === 'bundle' ? { what, to, withDataset } : { what, to, format }) as ExportRequest;
}
