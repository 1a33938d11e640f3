import { spawn, type ChildProcess } from 'node:child_process';
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { COMMANDS } from '../../electron/host/command-names.ts';
import { buildProgram } from '../../electron/host/program.ts';
import { findChromium, hasDisplay } from '../../electron/host/serve/app-window.ts';
import { ensureBuilt } from '../../scripts/common/build.mjs';
import { ROOT } from './harness.ts';

let folder: string;

beforeAll(async () => {
  await ensureBuilt('renderer');
  folder = mkdtempSync(join(tmpdir(), 'theriac-serve-'));
}, 300_000);

afterAll(() => rmSync(folder, { recursive: true, force: true }));

function serve(args: string[], environment: Record<string, string> = {}): ChildProcess {
  const command = join(ROOT, 'electron', 'host', 'cli.ts');
  return spawn(process.execPath, [command, 'serve', '--data', join(folder, 'data'), ...args], {
    env: { ...process.env, ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
}

function firstOutput(child: ChildProcess): Promise<string> {
  return new Promise((done) => child.stdout!.setEncoding('utf8').once('data', done));
}

function exit(child: ChildProcess): Promise<number | null> {
  return new Promise((done) => child.once('close', done));
}

test('the address is printed, and Ctrl-C ends it in good order', async () => {
  const child = serve([]);
  const text = await firstOutput(child);
  const [, origin] = /(http:\/\/127\.0\.0\.1:\d+)\/#token=[\w-]{43}\b/.exec(text)!;
  expect(await (await fetch(`${origin}/`)).text()).toContain('<title>Theriac</title>');
  child.kill('SIGINT');
  expect(await exit(child)).toBe(0);
  await expect(fetch(`${origin}/`)).rejects.toThrow();
});

test.skipIf(process.platform === 'win32')('--open shows a window by a ticket, and ends with it', async () => {
  // A browser that loads its page once and is closed.
  const browser = join(folder, 'browser.mjs');
  const seen = join(folder, 'seen.json');
  writeFileSync(
    browser,
    `#!${process.execPath}
import { writeFileSync } from 'node:fs';
const address = process.argv.find((one) => one.startsWith('--app=')).slice(6);
const once = await fetch(address, { redirect: 'manual' });
const twice = await fetch(address, { redirect: 'manual' });
writeFileSync(${JSON.stringify(seen)}, JSON.stringify({ args: process.argv, to: once.headers.get('location'), again: twice.status }));
`,
  );
  chmodSync(browser, 0o755);
  const child = serve(['--open', '--json'], { DISPLAY: ':99', THERIAC_BROWSER: browser });
  const { address } = JSON.parse(await firstOutput(child)) as { address: string };
  expect(await exit(child)).toBe(0);
  expect(existsSync(seen)).toBe(true);
  const { args, to, again } = JSON.parse(readFileSync(seen, 'utf8')) as {
    args: string[];
    to: string;
    again: number;
  };
  expect(to).toBe(new URL(address).pathname + new URL(address).hash);
  expect(again).toBe(403);
  // Other accounts can read a command line.
  expect(args.join(' ')).not.toContain(address.split('#token=')[1]);
});

test('a display and a browser are told from the surroundings', () => {
  expect(hasDisplay({}, 'linux')).toBe(false);
  expect(hasDisplay({ WAYLAND_DISPLAY: 'wayland-0' }, 'linux')).toBe(true);
  expect(hasDisplay({}, 'darwin')).toBe(true);
  expect(findChromium({ PATH: folder }, 'linux')).toBeNull();
  const program = join(folder, 'chromium');
  writeFileSync(program, '');
  expect(findChromium({ PATH: `/nowhere:${folder}` }, 'linux')).toBeNull();
  chmodSync(program, 0o755);
  expect(findChromium({ PATH: `/nowhere:${folder}` }, 'linux')).toBe(program);
  expect(findChromium({ PATH: folder, THERIAC_BROWSER: '/nowhere/x' }, 'linux')).toBeNull();
});

test('the desktop knows the commands of the command line', () => {
  expect(
    buildProgram()
      .commands.map((command) => command.name())
      .sort(),
  ).toEqual([...COMMANDS].sort());
});
