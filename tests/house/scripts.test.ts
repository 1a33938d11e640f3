import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect, test } from 'vitest';

/** scripts/common/run.mjs, through which every npm script starts what it is for. */
const module = pathToFileURL(join(import.meta.dirname, '..', '..', 'scripts', 'common', 'run.mjs')).href;

/** A process that runs `code` in a child of its own through run.mjs and exits with what run gave. */
function launcher(code: string): ChildProcess {
  const script = `
    const { run } = await import(${JSON.stringify(module)});
    process.exitCode = await run(process.execPath, ['-e', ${JSON.stringify(code)}]);`;
  return spawn(process.execPath, ['--input-type=module', '-e', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
}

test.each([0, 3, 130])('exit code %i is passed on', async (code) => {
  const [exit] = (await once(launcher(`process.exit(${code})`), 'exit')) as [number];
  expect(exit).toBe(code);
});

test.skipIf(process.platform === 'win32')(
  'a child that a signal ended counts as 128 + its number',
  async () => {
    const [exit] = (await once(launcher(`process.kill(process.pid, 'SIGKILL')`), 'exit')) as [number];
    expect(exit).toBe(137);
  },
);

test.skipIf(process.platform === 'win32').each(['SIGINT', 'SIGTERM'] as const)(
  '%s reaches the child, which ends as it likes',
  async (signal) => {
    const process_ = launcher(
      `process.on('${signal}', () => process.exit(42)); setInterval(() => {}, 1000); console.log('ready')`,
    );
    await once(process_.stdout!, 'data');
    process_.kill(signal);
    const [exit] = (await once(process_, 'exit')) as [number];
    expect(exit).toBe(42);
  },
);
