/**
 * `npm run fuzz -- [--count N] [--seed N] [--only READER] [--input I]`: mutated inputs for every reader of data sets, each
 * reader in a process of its own under watch: no crash, no hang, no unbounded memory. An input that fails is saved.
 */
import { fork } from 'node:child_process';
import * as fs from 'node:fs/promises';
import * as os from 'node:os';
import * as path from 'node:path';
import { parseArgs } from 'node:util';
import { inputOf, type Target, targets } from './targets.ts';

const HANG_SECONDS = 30;
/** Loading the readers takes long on a busy machine. */
const START_SECONDS = 180;
const { values } = parseArgs({
  options: {
    count: { type: 'string', default: '10000' },
    seed: { type: 'string', default: '1' },
    only: { type: 'string' },
    input: { type: 'string' },
  },
});
const found = path.join(import.meta.dirname, '../../dist/fuzz');
let problems = 0;
const all = await targets();
const wanted = all.filter(({ name }) => values.only === undefined || values.only === name);
if (wanted.length === 0) {
  const names = all.map(({ name }) => name).join(', ');
  console.error(`There is no reader "${values.only}". Readers: ${names}.`);
  process.exit(2);
}
for (const target of wanted) {
  const { name } = target;
  const first = Number(values.input ?? 0);
  const last = values.input === undefined ? Number(values.count) : first + 1;
  const began = performance.now();
  let failed = 0;
  for (let from = first; from < last;) from = await stretch(target, from, last, () => failed++);
  const seconds = Math.round((performance.now() - began) / 1000);
  console.log(`${name.padEnd(14)} ${last - first} inputs, ${failed} failed, ${seconds} s`);
  problems += failed;
}
if (problems > 0)
  console.log(`Failing inputs lie in ${found}; --only READER --input NUMBER tries one again.`);
process.exitCode = problems > 0 ? 1 : 0;

/** Runs one process until it ends. @returns the number to go on with */
async function stretch(target: Target, from: number, to: number, fail: () => void): Promise<number> {
  const { name } = target;
  const folder = await fs.mkdtemp(path.join(os.tmpdir(), 'theriac-fuzz-'));
  const worker = fork(
    path.join(import.meta.dirname, 'worker.ts'),
    [name, values.seed, String(from), String(to), folder],
    { execArgv: ['--max-old-space-size=700'], stdio: ['ignore', 'inherit', 'pipe', 'ipc'] },
  );
  let at = from;
  let done = false;
  let hung = false;
  let last = '';
  worker.stderr!.on('data', (text: Buffer) => (last = (last + text.toString()).slice(-2000)));
  let watch: NodeJS.Timeout | undefined;
  const reports: Promise<void>[] = [];
  const report = async (index: number, problem: string) => {
    fail();
    console.log(`${name} ${index}: ${problem}`);
    await fs.mkdir(found, { recursive: true });
    // The process has gone on to further inputs since: this one is made again.
    const input = inputOf(target, Number(values.seed), index);
    await fs.writeFile(path.join(found, `${name}-${values.seed}-${index}`), input);
  };
  const restart = (seconds = HANG_SECONDS) => {
    clearTimeout(watch);
    watch = setTimeout(() => {
      hung = true;
      worker.kill('SIGKILL');
    }, seconds * 1000);
  };
  restart(START_SECONDS);
  worker.on('message', (message: { at?: number; problem?: string; done?: boolean }) => {
    restart();
    if (message.done) done = true;
    if (message.at !== undefined) at = message.at;
    if (message.problem !== undefined) reports.push(report(at, message.problem));
  });
  await new Promise((resolve) => worker.on('close', resolve));
  clearTimeout(watch);
  await Promise.all(reports);
  if (!done) await report(at, hung ? 'it did not end' : `the process died: ${last.trim()}`);
  await fs.rm(folder, { recursive: true, force: true });
  return done ? to : at + 1;
}
