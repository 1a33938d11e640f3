/** Electron's main process: the application with its window, or, with a command, the command line. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { app, protocol } from 'electron';
import { COMMANDS } from '../host/command-names.ts';
import { useProcesses } from '../services/processes.ts';
import { openApplication } from './application.ts';
import { SCHEME } from './security.ts';
import { startUtilityProcess } from './utility-process.ts';

/** This file is dist/desktop/main.js. */
const BUILT = import.meta.dirname;

app.enableSandbox();
// Chromium would look for updates of its parts.
app.commandLine.appendSwitch('disable-component-update');
app.commandLine.appendSwitch('disable-background-networking');
protocol.registerSchemesAsPrivileged([
  { scheme: SCHEME, privileges: { standard: true, secure: true, supportFetchAPI: true, codeCache: true } },
]);
useBundledRuntime();
useProcesses({
  trainer: (environment) => startUtilityProcess(join(BUILT, 'trainer.js'), 'Theriac training', environment),
  helper: (environment) => startUtilityProcess(join(BUILT, 'helper.js'), 'Theriac helper', environment),
});

// In a checkout the first argument is the application's folder.
const args = process.argv.slice(app.isPackaged ? 1 : 2);
const [command] = args.filter((argument) => !argument.startsWith('-'));
if (command !== undefined && COMMANDS.includes(command)) void runCommandLine();
else openApplication(BUILT, args);

/** The same command line that runs under Node, on a machine that has only the installed application. */
async function runCommandLine(): Promise<void> {
  // A server has no display to open.
  if (process.platform === 'linux') app.commandLine.appendSwitch('ozone-platform', 'headless');
  await app.whenReady();
  await import('../host/cli.ts');
  app.exit(Number(process.exitCode ?? 0));
}

/** A package brings the native engine along. */
function useBundledRuntime(): void {
  if (!app.isPackaged || process.env.THERIAC_BUNDLED_RUNTIME) return;
  const bundled = join(process.resourcesPath, 'runtime');
  if (existsSync(join(bundled, 'manifest.json'))) process.env.THERIAC_BUNDLED_RUNTIME = bundled;
}
