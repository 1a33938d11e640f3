/**
 * `npm start`: sets up what is missing and shows the screens: in the desktop application where Electron is installed,
 * else in a window of a Chromium browser. Without a display it prints their address, keeps serving them, and meanwhile
 * runs the sample job in the terminal. Arguments are passed on to that job; `--data DIR` holds for everything.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ensureBuilt } from './common/build.mjs';
import { ensureDependencies } from './common/dependencies.mjs';
import { electronProgram } from './common/electron.mjs';
import { ensureEngine } from './common/engine.mjs';
import { ensureNode24 } from './common/node24.mjs';
import { ROOT } from './common/paths.mjs';
import { run } from './common/run.mjs';
import { say } from './common/say.mjs';

await ensureNode24(fileURLToPath(import.meta.url));
await ensureDependencies();
await ensureEngine();

const CLI = join(ROOT, 'electron', 'host', 'cli.ts');
const args = process.argv.slice(2);
const data = dataOption(args);
const { findChromium, hasDisplay } = await import('../electron/host/serve/app-window.ts');

const electron = electronProgram();
const display = hasDisplay();
if (electron && display) {
  await ensureBuilt('renderer', 'desktop');
  // Electron's own switches have the form --name=value.
  process.exitCode = await run(electron, [ROOT, ...(data.length > 1 ? [`--data=${data[1]}`] : data)]);
} else {
  if (!electron)
    say(
      'Electron is not installed here (npx install-electron fetches it): the screens open in a browser instead',
    );
  await ensureBuilt('renderer');
  if (display && findChromium()) {
    process.exitCode = await run(process.execPath, [CLI, ...data, 'serve', '--open'], { cwd: process.cwd() });
  } else {
    say(
      display
        ? 'no Chromium browser was found: open the address below yourself'
        : 'there is no display: the screens are at the address below',
    );
    process.exitCode = await serveAndDemonstrate();
  }
}

/** @returns the exit code: the sample job's, unless it went well */
async function serveAndDemonstrate() {
  const serving = spawn(process.execPath, [CLI, ...data, 'serve'], { stdio: ['ignore', 'pipe', 'inherit'] });
  const ended = once(serving, 'close');
  serving.stdout.pipe(process.stdout);
  await Promise.race([once(serving.stdout, 'data'), ended]);
  if (serving.exitCode !== null) return serving.exitCode;
  say('meanwhile, the whole job on generated sample data:');
  const code = await run(process.execPath, [CLI, 'demo', ...args], { cwd: process.cwd() });
  const stop = () => serving.kill('SIGINT');
  if (code >= 128) stop();
  else {
    say('the screens are still at the address above; Ctrl-C ends them');
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, stop);
  }
  const [served] = await ended;
  return code || (served === 130 ? 0 : (served ?? 0));
}

/** `--data DIR` or `--data=DIR` as they were given. */
function dataOption(given) {
  const at = given.findIndex((text) => text === '--data' || text.startsWith('--data='));
  if (at < 0) return [];
  return given[at] === '--data' ? given.slice(at, at + 2) : [given[at]];
}
