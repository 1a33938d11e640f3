import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import { ROOT } from './paths.mjs';

/**
 * Runs a command to its end in the repository and gives its exit code (128 + number if a signal ended it).
 * Signals reach the child, and this process waits for it, so that it can finish tidily.
 * @param {string} command
 * @param {string[]} args
 * @param {{ stdio?: import('node:child_process').StdioOptions, env?: NodeJS.ProcessEnv, cwd?: string,
 *   shell?: boolean }} [options]
 * @returns {Promise<number>}
 */
export function run(command, args, options = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd: ROOT, stdio: 'inherit', ...options });
    const handlers = ['SIGINT', 'SIGTERM', 'SIGHUP'].map((signal) => {
      // Ctrl-C on a terminal goes to the child as well: passing it on would count as pressing it twice.
      const handler = () => (signal === 'SIGINT' && process.stdin.isTTY ? undefined : child.kill(signal));
      process.on(signal, handler);
      return () => process.off(signal, handler);
    });
    // npm, ended alone, ends its shell but not us: the child would run on with nobody to see it.
    const parent = process.ppid;
    const watch = setInterval(() => {
      if (process.env.npm_lifecycle_event && process.ppid !== parent) child.kill('SIGTERM');
    }, 1000);
    const settle = (act) => {
      clearInterval(watch);
      for (const off of handlers) off();
      act();
    };
    child.on('error', (error) => settle(() => reject(error)));
    child.on('close', (code, signal) =>
      settle(() => resolve(signal ? 128 + (constants.signals[signal] ?? 1) : (code ?? 1))),
    );
  });
}

/**
 * Runs the npm that started us, or the one on the path, with its output on stderr.
 * @param {string[]} args
 * @param {{ cwd?: string }} [options]
 */
export function runNpm(args, options = {}) {
  // Without a network npm would try for more than a minute; a server that is only slow gets three tries all the same.
  const retries = ['--fetch-retry-mintimeout=1000', '--fetch-retry-maxtimeout=5000'];
  const quiet = ['--loglevel=error', '--no-audit', '--no-fund', '--ignore-scripts', ...retries, ...args];
  const stdio = ['ignore', 2, 2];
  const cli = process.env.npm_execpath;
  if (cli && /npm-cli\.c?js$/.test(cli)) return run(process.execPath, [cli, ...quiet], { ...options, stdio });
  // On Windows npm is a .cmd file, which only a shell starts.
  return run('npm', quiet, { ...options, stdio, shell: process.platform === 'win32' });
}
