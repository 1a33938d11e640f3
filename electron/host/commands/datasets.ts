import { Option, type Command } from 'commander';
import { MAPPING_KEYS, type MappingKey } from '../../../shared/contract/api.ts';
import type { DatasetManifest } from '../../../shared/contract/dataset.ts';
import { ExpectedError } from '../../../shared/contract/errors.ts';
import { importDataset, listDatasets, removeDataset, showDataset } from '../../services/datasets.ts';
import { keyValue, share, wholeNumber } from '../arguments.ts';
import { withWorkspace } from '../context.ts';
import { withSourceProgress } from '../import-progress.ts';
import { defaultCommand } from '../default-command.ts';
import type { CommonOptions } from '../output.ts';
import { pairs, table } from '../table.ts';
import { bytes, count, percent, plural, time } from '../words.ts';

const SHOWN_SKIPS = 20;

interface ImportCommandOptions extends CommonOptions {
  map?: Record<string, string>;
  fresh?: boolean;
}

/** import, datasets */
export function addDatasetCommands(program: Command): void {
  program
    .command('import')
    .description('Take in a folder, archive, list or benchmark file of labelled images')
    .argument('<source>', 'folder or file')
    .option('--name <name>', 'name to show')
    .option('--size <pixels>', 'side of the working size', wholeNumber(8, 512))
    .option('--test <source>', 'test images')
    .option('--triggered <source>', 'triggered test images, filed under their true class')
    .option(
      '--truth <file>',
      'which images are poisoned, for evaluation only: list path,true_label,label,poisoned; or flags or positions as .npy, pickle, JSON or text',
    )
    .option(
      '--split <share>',
      'share split off as test images where none are given (default: 0.2)',
      share(0, 0.9),
    )
    .option('--limit <n>', 'at most so many training images', wholeNumber(1))
    .addOption(mapOption())
    .option('--fresh', 'begin anew, even if an import of the same source was stopped before its end')
    .action(async (source: string, _, command: Command) => {
      const options = command.optsWithGlobals<ImportCommandOptions>();
      const { data, json, map: mapping, fresh, ...request } = options;
      await withWorkspace({ data, json }, async (ws, out) => {
        const manifest = await withSourceProgress(out, (hooks) =>
          importDataset(
            ws,
            {
              ...request,
              ...(mapping && { mapping: checkMapping(mapping) }),
              source,
              resume: fresh ? 'fresh' : true,
            },
            hooks,
          ),
        );
        out.result(
          manifest,
          () => `${manifestText(manifest)}\n\nTrain on it with "theriac run ${manifest.id}".`,
        );
      });
    });

  const datasets = program.command('datasets').description('The imported data sets');
  defaultCommand(datasets, 'list')
    .description('list them')
    .action(async (_, command: Command) => {
      await withWorkspace(command.optsWithGlobals(), async (ws, out) => {
        const all = await listDatasets(ws);
        out.result(
          all.map(({ manifest, ...rest }) => ({ ...withoutSkips(manifest), ...rest })),
          () =>
            all.length === 0
              ? 'There are no data sets yet. Import one with "theriac import SOURCE", or try "theriac demo".'
              : table(
                  [
                    { title: 'ID' },
                    { title: 'Name' },
                    { title: 'Classes', align: 'right' },
                    { title: 'Training', align: 'right' },
                    { title: 'Test', align: 'right' },
                    { title: 'Triggered', align: 'right' },
                    { title: 'Size' },
                    { title: 'Disk', align: 'right' },
                    { title: 'Experiments', align: 'right' },
                    { title: 'Imported' },
                  ],
                  all.map(({ manifest: m, bytes: size, experiments }) => [
                    m.id,
                    m.name,
                    count(m.classes.length),
                    count(m.counts.train),
                    count(m.counts.test),
                    count(m.counts.triggered),
                    `${m.width}x${m.height}x${m.channels}`,
                    bytes(size),
                    count(experiments),
                    time(m.created),
                  ]),
                ),
        );
      });
    });
  datasets
    .command('show')
    .description('everything about one')
    .argument('<id>', 'id, name, or beginning of the id')
    .action(async (id: string, _, command: Command) => {
      await withWorkspace(command.optsWithGlobals(), async (ws, out) => {
        const detail = await showDataset(ws, id);
        out.result({ ...detail, manifest: detail.manifest }, () => {
          const { manifest, trainPerClass, warnings } = detail;
          const classes = table(
            [{ title: 'Class' }, { title: 'Training images', align: 'right' }],
            manifest.classes.map((name, i) => [name, count(trainPerClass[i]!)]),
          );
          const notes =
            warnings.length > 0 ? `\n\nNoticed:\n${warnings.map((line) => `  - ${line}`).join('\n')}` : '';
          return `${manifestText(manifest)}\nDisk        ${bytes(detail.bytes)} in ${detail.folder}\n\n${classes}${notes}`;
        });
      });
    });
  datasets
    .command('remove')
    .description('delete one from the data folder; its source is not touched')
    .argument('<id>', 'id, name, or beginning of the id')
    .option('--force', 'even if experiments use it: they keep their figures')
    .action(async (id: string, options: { force?: boolean }, command: Command) => {
      await withWorkspace(command.optsWithGlobals(), async (ws, out) => {
        const { manifest, freedBytes } = await removeDataset(ws, id, { force: options.force === true });
        out.result(
          { removed: manifest.id, freedBytes },
          () => `Removed the data set "${manifest.name}" (${manifest.id}); ${bytes(freedBytes)} freed.`,
        );
      });
    });
}

export function mapOption(): Option {
  return new Option(
    '--map <what=where>',
    `which array or column is what, repeatable: ${MAPPING_KEYS.join(', ')}; e.g. image=x_train axes=NCHW`,
  ).argParser(keyValue);
}

/** @throws ExpectedError 'usage' for a word that nothing is called */
export function checkMapping(mapping: Record<string, string>): Partial<Record<MappingKey, string>> {
  for (const key of Object.keys(mapping)) {
    if ((MAPPING_KEYS as readonly string[]).includes(key)) continue;
    throw new ExpectedError('usage', `--map does not know "${key}".`, `It knows ${MAPPING_KEYS.join(', ')}.`);
  }
  return mapping;
}

/** A data set in words. */
export function manifestText(m: DatasetManifest): string {
  const rows: [string, string][] = [
    ['Data set', `${m.name} (${m.id})`],
    ['Source', `${m.source} (${m.sourceKind})`],
    [
      'Images',
      `${count(m.counts.train)} training, ${count(m.counts.test)} test (${origin(m)}), ${count(m.counts.triggered)} triggered; ${m.width}x${m.height}, ${m.channels === 1 ? 'grey' : 'colour'}`,
    ],
    [
      'Classes',
      `${count(m.classes.length)}: ${m.classes.slice(0, 12).join(', ')}${m.classes.length > 12 ? ', …' : ''}`,
    ],
    ['Truth', m.hasTruth ? 'known (for evaluation only)' : 'not known'],
  ];
  if (m.target !== null) rows.push(['Target', m.classes[m.target] ?? String(m.target)]);
  if (m.attack)
    rows.push([
      'Attack',
      `simulated: ${m.attack.attack}, ${percent(m.attack.rate)} of the training set, seed ${m.attack.seed}`,
    ]);
  rows.push(['Hash', m.hash.slice(0, 16)]);
  if (m.skippedCount === 0) return pairs(rows);
  const listed = m.skipped.slice(0, SHOWN_SKIPS).map((skip) => `  ${skip.path}: ${skip.reason}`);
  const rest = m.skippedCount - listed.length;
  const more = rest > 0 ? `\n  … and ${count(rest)} more (--json lists up to 1,000)` : '';
  return `${pairs(rows)}\n\nSkipped ${plural(m.skippedCount, 'file')}:\n${listed.join('\n')}${more}`;
}

function origin(m: DatasetManifest): string {
  return { given: 'given', split: 'split off', none: 'none' }[m.testOrigin];
}

function withoutSkips(manifest: DatasetManifest): Omit<DatasetManifest, 'skipped'> {
  const { skipped, ...rest } = manifest;
  void skipped;
  return rest;
}
