import { Option, type Command } from 'commander';
import { experimentResult } from '../../history/result.ts';
import { exportBundle, openBundle } from '../../services/bundles.ts';
import { findExperiment } from '../../services/lookup.ts';
import { withStop, withWorkspace } from '../context.ts';
import type { CommonOptions, Output } from '../output.ts';
import { resultText } from '../result-text.ts';
import { bytes } from '../words.ts';

const KINDS = ['bundle'] as const;

interface ExportOptions extends CommonOptions {
  what: (typeof KINDS)[number];
  to: string;
  images: boolean;
}

interface Hooks {
  signal: AbortSignal;
  onProgress(progress: { done: number; total: number }): void;
}

/** export, import-bundle */
export function addExportCommands(program: Command): void {
  program
    .command('export')
    .description('Take something out of an experiment, for others or for another computer')
    .argument('<experiment>', 'id, name, or beginning of the id')
    .addOption(new Option('--what <kind>', 'what to take out').choices(KINDS).makeOptionMandatory())
    .requiredOption('--to <path>', 'file to write; it must not exist')
    .option('--no-images', 'bundle: leave the data set out; the experiment can then not be continued')
    .addHelpText('after', KINDS_TEXT)
    .action(async (reference: string, _, command: Command) => {
      const options = command.optsWithGlobals<ExportOptions>();
      await withWorkspace(options, async (ws, out) => {
        const { id } = findExperiment(ws, reference);
        const { file, manifest } = await withExportProgress(out, 'Writing', (hooks) =>
          exportBundle(ws, id, { to: options.to, withDataset: options.images }, hooks),
        );
        out.result(
          { what: options.what, to: file, ...manifest },
          () => `Wrote the experiment bundle ${file}.\nOpen it elsewhere with "theriac import-bundle FILE".`,
        );
      });
    });

  program
    .command('import-bundle')
    .description('Take in an experiment that was exported as a bundle (.theriac)')
    .argument('<file>', 'a bundle')
    .action(async (file: string, _, command: Command) => {
      await withWorkspace(command.optsWithGlobals(), async (ws, out) => {
        const experiment = await withExportProgress(out, 'Unpacking', (hooks) => openBundle(ws, file, hooks));
        const result = experimentResult(ws.history, experiment);
        out.result(
          { ...result, name: experiment.name, state: experiment.state },
          () =>
            `The experiment "${experiment.name}" (${experiment.id}) is ${experiment.state}.\n\n${resultText(result)}`,
        );
      });
    });
}

const KINDS_TEXT = `
What can be taken out:
  bundle    the experiment with all it consists of, as one file for another Theriac`;

/** Shows how far an export is; Ctrl-C ends it and leaves nothing. */
function withExportProgress<T>(out: Output, phase: string, action: (hooks: Hooks) => Promise<T>): Promise<T> {
  return withStop(out, 'Stopping; nothing is kept.', ({ stop }) =>
    action({
      signal: stop,
      onProgress: ({ done, total }) =>
        out.progress.report({
          share: total > 0 ? done / total : null,
          phase,
          details: `${bytes(done)} of ${bytes(total)}`,
        }),
    }),
  );
}
