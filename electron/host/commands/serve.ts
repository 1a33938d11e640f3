import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { InvalidArgumentError, type Command } from 'commander';
import { ExpectedError } from '../../../shared/contract/errors.ts';
import { createApi } from '../../services/api.ts';
import { dataFolderPath } from '../../services/data-folder.ts';
import { withStop } from '../context.ts';
import { Output, type CommonOptions } from '../output.ts';
import { chromiumPrinter } from '../print-pdf.ts';
import { findChromium, hasDisplay, openAppWindow } from '../serve/app-window.ts';
import { serve, type Served } from '../serve/server.ts';

interface ServeOptions extends CommonOptions {
  port: number;
  open?: boolean;
}

/** serve: the screens in a browser on this computer */
export function addServeCommand(program: Command): void {
  program
    .command('serve')
    .description('Show the screens in a browser on this computer (127.0.0.1 only)')
    .option('--port <port>', 'port; 0 takes any free one', parsePort, 0)
    .option('--open', 'open them in a window of a Chromium browser, and end with it')
    .action(async (_, command: Command) => {
      const options = command.optsWithGlobals<ServeOptions>();
      const out = new Output(options.json === true);
      const screens = screensFolder();
      const dataFolder = dataFolderPath(options.data);
      const api = await createApi({ dataFolder, host: 'browser', print: chromiumPrinter() });
      try {
        await withStop(
          out,
          'Stopping; a run that is going on keeps its checkpoint.',
          async ({ stop, kill }) => {
            const served = await serve({ api, screens, port: options.port });
            const window = options.open ? openWindow(served, dataFolder, out) : null;
            out.result({ address: served.address, port: served.port }, () => addressText(served));
            kill.addEventListener('abort', () => process.exit(130));
            await Promise.race([aborted(stop), ...(window ? [window] : [])]);
            await served.close();
          },
        );
      } finally {
        await api.close();
      }
    });
}

/** Built beside the program: dist/renderer of the checkout or of the package. */
function screensFolder(): string {
  let folder = import.meta.dirname;
  while (!existsSync(join(folder, 'package.json'))) folder = join(folder, '..');
  const screens = join(folder, 'dist', 'renderer');
  if (existsSync(join(screens, 'index.html'))) return screens;
  throw new ExpectedError(
    'not-found',
    `The screens have not been built: ${screens} is missing.`,
    'Run: npm run build',
  );
}

/** @returns settles when the window is closed; null where none can be shown */
function openWindow(served: Served, dataFolder: string, out: Output): Promise<void> | null {
  const program = hasDisplay() ? findChromium() : null;
  if (!program) {
    out.progress.note(
      hasDisplay() ? 'No Chromium browser was found: open the address yourself.' : 'There is no display.',
    );
    return null;
  }
  const window = openAppWindow(program, served.ticketAddress(), join(dataFolder, 'browser'));
  return new Promise((closed) => {
    window.once('error', (error) => {
      out.progress.note(`${program} could not be started (${error.message}): open the address yourself.`);
    });
    window.once('exit', () => closed());
  });
}

function addressText({ address }: Served): string {
  return [
    'Theriac is ready. Open this address in a browser on this computer:',
    '',
    `  ${address}`,
    '',
    'It listens on 127.0.0.1 only, and the part after # is its password: do not pass it on. Ctrl-C ends it.',
  ].join('\n');
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((done) => signal.addEventListener('abort', () => done()));
}

function parsePort(text: string): number {
  const port = Number(text);
  if (/^\d+$/.test(text) && port <= 65_535) return port;
  throw new InvalidArgumentError('It must be a number from 0 to 65535.');
}
