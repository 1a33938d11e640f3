import type { Command } from 'commander';
import type { MethodFigures } from '../../../shared/contract/results.ts';
import { experimentResult, type ExperimentResult } from '../../history/result.ts';
import { DEMO, demoDataset, demoExperiment, explain } from '../../services/demo.ts';
import { keyValue } from '../arguments.ts';
import { withWorkspace } from '../context.ts';
import { withImportProgress } from '../import-progress.ts';
import type { CommonOptions } from '../output.ts';
import { verdictText } from '../result-text.ts';
import { runWithProgress } from '../run-progress.ts';
import { table } from '../table.ts';
import { duration, percent } from '../words.ts';

/** demo */
export function addDemoCommand(program: Command): void {
  program
    .command('demo')
    .description('See the whole job on generated images: poison them, train, compare')
    .option('--set <key=value>', `override a setting of the preset ${DEMO.preset}, repeatable`, keyValue)
    .action(async (_, command: Command) => {
      const options = command.optsWithGlobals<CommonOptions & { set?: Record<string, string> }>();
      await withWorkspace(options, async (ws, out) => {
        const dataset = await withImportProgress(out, (hooks) => demoDataset(ws, hooks));
        const experiment = demoExperiment(ws, dataset, options.set);
        const finished = await runWithProgress(ws, out, experiment.id);
        const result = experimentResult(ws.history, finished);
        const explanation = explain(result, dataset);
        out.result({ ...result, explanation }, () => demoText(result, explanation));
      });
    });
}

function demoText(result: ExperimentResult, explanation: string[]): string {
  const rows: [string, (figures: MethodFigures) => number | null][] = [
    ['Fooled by the trigger (ASR), statistics re-estimated: the honest figure', (f) => f.asrReestimated],
    ['Fooled by the trigger (ASR), as trained', (f) => f.asr],
    ['Right on clean images (CA), statistics re-estimated', (f) => f.caReestimated],
    ['Right on clean images (CA), as trained', (f) => f.ca],
  ];
  const { naive, abl } = result;
  const cell = (figures: MethodFigures | null, pick: (f: MethodFigures) => number | null) =>
    percent(figures ? pick(figures) : null);
  const figures = table(
    [{ title: '' }, { title: 'Naive model', align: 'right' }, { title: 'ABL model', align: 'right' }],
    [
      ...rows.map(([title, pick]) => [title, cell(naive, pick), cell(abl, pick)]),
      [
        'Isolated images that are poisoned (isolation precision)',
        '–',
        percent(abl?.isolation?.precision ?? null),
      ],
    ],
  );
  const { engine, seconds } = result;
  const how = `${result.network}, ${engine?.kind ?? ''} engine, ${duration(seconds?.total ?? null)} of training`;
  return [
    `Theriac on generated traffic signs, ${result.dataset.train} training images (${how})`,
    figures,
    explanation.map((sentence) => wrap(sentence, 100)).join('\n\n'),
    `Verdict, from the figures alone: ${verdictText(result) ?? '–'}`,
    `Look further:\n  theriac experiments show ${result.experiment}\n  theriac suspects ${result.experiment}\n  theriac run FOLDER          with one subfolder of images per class`,
  ].join('\n\n');
}

function wrap(text: string, columns: number): string {
  const lines: string[] = [''];
  for (const word of text.split(' ')) {
    const last = lines.at(-1)!;
    if (last !== '' && last.length + 1 + word.length > columns) lines.push(word);
    else lines[lines.length - 1] = last === '' ? word : `${last} ${word}`;
  }
  return lines.join('\n');
}
