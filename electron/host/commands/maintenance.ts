import { Option, type Command } from 'commander';
import { backup } from '../../history/backup.ts';
import { restore } from '../../history/restore.ts';
import { dataFolder, dataFolderPath } from '../../services/data-folder.ts';
import { engineStatus, installEngine, testEngine, type EngineStatus } from '../../services/engine.ts';
import { refuseWhileRunning } from '../../services/running.ts';
import { APP_VERSION } from '../../services/version.ts';
import { withStop, withWorkspace } from '../context.ts';
import { defaultCommand } from '../default-command.ts';
import { Output, type CommonOptions } from '../output.ts';
import { pairs } from '../table.ts';
import { bytes, count, plural, time } from '../words.ts';
import { ENGINES } from './run.ts';

/** engine, backup, restore */
export function addMaintenanceCommands(program: Command): void {
  const engine = program.command('engine').description('What computes: the native engine and its fallback');
  defaultCommand(engine, 'status')
    .description('whether the native engine is there')
    .action(async (_, command: Command) => {
      const out = outputOf(command);
      const status = await engineStatus();
      out.result(status, () => statusText(status));
    });
  engine
    .command('install')
    .description('install or repair the native engine (this downloads it, unless --from is given)')
    .option('--from <file>', 'a wheel file, or a folder of wheels, for machines without a network')
    .action(async (options: { from?: string }, command: Command) => {
      const out = outputOf(command);
      const status = await withStop(out, 'Stopping; nothing half-installed is kept.', ({ stop }) =>
        installEngine({
          ...options,
          signal: stop,
          onProgress: ({ done, total, note }) =>
            out.progress.report({
              share: total > 0 ? done / total : null,
              phase: note,
              details: total > 0 ? `${bytes(done)} of ${bytes(total)}` : '',
            }),
        }),
      );
      out.result(status, () => statusText(status));
    });
  engine
    .command('test')
    .description('train a small network for some seconds and tell the speed')
    .addOption(new Option('--engine <engine>', 'which engine').choices(ENGINES).default('auto'))
    .action(async (options: { engine: (typeof ENGINES)[number] }, command: Command) => {
      const out = outputOf(command);
      out.progress.report({ share: null, phase: 'Testing the engine' });
      const report = await testEngine(options.engine);
      out.result(report, () =>
        pairs([
          ['Engine', `${report.engine.kind} ${report.engine.version} on ${report.engine.device}`],
          ['Why', report.engine.reason],
          [
            'Speed',
            `${count(Math.round(report.imagesPerSecond))} images/s training ${report.network} on 32x32 colour images`,
          ],
          ['Learning', report.learned ? 'works: the loss fell' : 'does NOT work: the loss did not fall'],
        ]),
      );
    });

  program
    .command('backup')
    .description('Save history, data sets and models in one file')
    .argument('<file>', 'file to write; it must not exist')
    .action(async (file: string, _, command: Command) => {
      await withWorkspace(command.optsWithGlobals(), async (ws, out) => {
        const saved = await backup(ws.history, {
          folder: ws.folder.path,
          to: file,
          appVersion: APP_VERSION,
          onProgress: (progress) =>
            out.progress.report({ share: null, phase: 'Saving', details: progressText(progress) }),
        });
        out.result({ file, ...saved }, () => `Saved ${progressText(saved)} in ${file}.`);
      });
    });

  program
    .command('restore')
    .description('Bring a backup back into an empty data folder')
    .argument('<file>', 'a backup')
    .option('--replace', 'put the present data folder aside first')
    .action(async (file: string, options: { replace?: boolean }, command: Command) => {
      const common = command.optsWithGlobals<CommonOptions>();
      const out = outputOf(command);
      const folder = dataFolderPath(common.data);
      if (options.replace) refuseWhileRunning(dataFolder(folder));
      const restored = await restore({
        from: file,
        folder,
        replace: options.replace === true,
        onProgress: (progress) =>
          out.progress.report({ share: null, phase: 'Restoring', details: progressText(progress) }),
      });
      out.result({ folder, ...restored }, () => {
        const aside = restored.keptAside ? `\nThe folder that was there is now ${restored.keptAside}.` : '';
        return `Restored ${progressText(restored)} of ${time(restored.created)} to ${folder}.${aside}`;
      });
    });
}

function outputOf(command: Command): Output {
  return new Output(command.optsWithGlobals<CommonOptions>().json === true);
}

function progressText({ files, bytes: size }: { files: number; bytes: number }): string {
  return `${plural(files, 'file')}, ${bytes(size)}`;
}

function statusText(status: EngineStatus): string {
  const rows: [string, string][] = [
    ['Native engine', status.state],
    ['', status.reason],
    ['Folder', status.folder],
    ['Runs use', status.auto === 'native' ? 'the native engine' : 'WebAssembly, several times slower'],
  ];
  const remedy = status.state === 'ready' ? '' : '\n\nInstall it with "theriac engine install".';
  return pairs(rows) + remedy;
}
