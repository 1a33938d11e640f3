import type { ExperimentDetail, ExportRequest } from '../../../shared/contract/api.ts';
import type { MethodName } from '../../../shared/contract/results.ts';

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
    what: 'report',
    title: 'Report',
    help: 'What was found, with pictures, figures and limits, for somebody who does not have Theriac.',
    formats: [
      { value: 'pdf', title: 'PDF', extension: 'pdf' },
      { value: 'html', title: 'Web page (HTML), one file', extension: 'html' },
    ],
  },
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
    what: 'model',
    title: 'A model',
    help: 'For other programs, with its labels, how images must be prepared, and a model card.',
    formats: [
      { value: 'onnx', title: 'ONNX', extension: '' },
      { value: 'savedmodel', title: 'TensorFlow SavedModel', extension: '' },
      { value: 'tfjs', title: 'TensorFlow.js layers model', extension: '' },
      { value: 'safetensors', title: 'Weights for PyTorch (safetensors)', extension: '' },
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

type Exportable = Pick<ExperimentDetail, 'state' | 'isolation' | 'naive' | 'abl' | 'oracle'>;

/** The models that are trained, the ABL model first. */
export function exportModels(one: Exportable): MethodName[] {
  return (['abl', 'naive', 'oracle'] as const).filter((method) => one[method] !== null);
}

/** What can be taken out of an experiment as it is now. */
export function exportChoices(one: Exportable): ExportChoice[] {
  return CHOICES.filter(({ what }) => {
    if (what === 'model') return exportModels(one).length > 0;
    if (what === 'report') return one.state === 'done';
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
  options: { to: string; withDataset: boolean; model: MethodName },
): ExportRequest {
  const { to, withDataset, model } = options;
  if (what === 'bundle') return { what, to, withDataset };
  // The formats come from the choices above, which name those of the contract.
  return { what, to, format, ...(what === 'model' ? { model } : {}) } as ExportRequest;
}
