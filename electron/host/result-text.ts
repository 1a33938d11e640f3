import type { MethodFigures, MethodName } from '../../shared/contract/results.ts';
import type { ExperimentResult } from '../history/result.ts';
import { METHOD_WORDS } from './run-progress.ts';
import { pairs, plain, table } from './table.ts';
import { count, duration, percent, plural } from './words.ts';

const VERDICTS = {
  poisoned: 'Poisoned',
  'no-evidence': 'No evidence of poison',
  uncertain: 'Uncertain',
} as const;

type Figures = Pick<ExperimentResult, MethodName>;

/** The methods side by side; the ASR after re-estimation is the honest figure, so it stands first. */
export function figuresTable(result: Figures): string {
  const columns: [string, (figures: MethodFigures) => string][] = [
    ['ASR re-estimated', (f) => percent(f.asrReestimated)],
    ['ASR as trained', (f) => percent(f.asr)],
    ['CA re-estimated', (f) => percent(f.caReestimated)],
    ['CA as trained', (f) => percent(f.ca)],
    ['CA without target', (f) => percent(f.caWithoutTarget)],
    ['RA re-estimated', (f) => percent(f.raReestimated)],
    ['RA as trained', (f) => percent(f.ra)],
  ];
  const methods = (['naive', 'abl', 'oracle'] as const).filter((method) => result[method]);
  if (methods.length === 0) return 'No model has been evaluated yet.';
  return table(
    [{ title: '' }, ...columns.map(([title]) => ({ title, align: 'right' as const }))],
    methods.map((method) => [METHOD_WORDS[method], ...columns.map(([, cell]) => cell(result[method]!))]),
  );
}

export const FIGURES_LEGEND =
  'CA = clean accuracy; ASR = triggered test images answered with the target class; RA = triggered images given their\n' +
  'true class. "Re-estimated": after batch-norm statistics are re-estimated on kept training images.';

/** One line on stage 1, or null before it is over. */
export function isolationText({ abl, dataset }: ExperimentResult): string | null {
  const isolation = abl?.isolation;
  if (!isolation) return null;
  const { precision, recall, auroc, concentration } = isolation;
  const known =
    precision === null
      ? ''
      : `; precision ${percent(precision)}, recall ${percent(recall)}, AUROC ${auroc === null ? '–' : auroc.toFixed(3)}`;
  return (
    `${plural(isolation.count, 'example')} (${percent(isolation.rate)}), ${percent(concentration)} of them labelled ` +
    `"${dataset.classes[isolation.class]}"${known}`
  );
}

/** The verdict with its reasons, or null when there is none yet. */
export function verdictText({ verdict, dataset }: ExperimentResult): string | null {
  if (!verdict) return null;
  const target = verdict.class === null ? '' : `, target class "${dataset.classes[verdict.class]}"`;
  const sure = verdict.confidence > 0 ? ` (confidence ${percent(verdict.confidence, 0)})` : '';
  return [
    plain(`${VERDICTS[verdict.kind]}${target}${sure}.`),
    ...verdict.reasons.map((reason) => `  - ${plain(reason)}`),
  ].join('\n');
}

/** A finished experiment for people. */
export function resultText(result: ExperimentResult): string {
  const { dataset, engine, seconds } = result;
  const isolation = isolationText(result);
  const verdict = verdictText(result);
  const rows: [string, string][] = [
    ['Experiment', result.experiment],
    [
      'Data set',
      `${dataset.name} (${dataset.id}): ${count(dataset.train)} training, ${plural(dataset.test, 'test image')}, ${count(dataset.triggered)} triggered`,
    ],
    ['Network', `${result.network}, seed ${result.seed}`],
  ];
  if (engine) rows.push(['Engine', `${engine.kind} ${engine.version} on ${engine.device}`]);
  if (seconds)
    rows.push([
      'Training',
      `${duration(seconds.total)}, ${count(Math.round(result.imagesPerSecond ?? 0))} images/s`,
    ]);
  if (isolation) rows.push(['Isolated', isolation]);
  return [
    pairs(rows),
    figuresTable(result),
    FIGURES_LEGEND,
    ...(verdict ? [`Verdict: ${verdict}`] : []),
  ].join('\n\n');
}
