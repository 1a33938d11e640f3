/**
 * `npm run bench`: whole training steps of the native engine against PyTorch channels_last on this machine, in
 * turn, so that a drifting machine drifts for both. Speed is reported as a ratio (above 1 = faster than
 * PyTorch); nothing fails because of it. PyTorch is installed into `.cache/bench-python` the first time.
 */
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { parseArgs, promisify } from 'node:util';

const run = promisify(execFile);
const root = join(import.meta.dirname, '..', '..');
const { values } = parseArgs({
  options: {
    network: { type: 'string', default: 'wrn-16-1' },
    batch: { type: 'string', default: '64' },
    steps: { type: 'string', default: '25' },
    rounds: { type: 'string', default: '5' },
    threads: { type: 'string', default: '1,2' },
    python: { type: 'string' },
  },
});

interface Timing {
  milliseconds: number[];
  cpuSeconds: number;
}

const median = (numbers: number[]): number => {
  const sorted = [...numbers].sort((a, b) => a - b);
  return sorted[sorted.length >> 1]!;
};

async function pythonWithTorch(): Promise<string> {
  if (values.python) return values.python;
  const folder = join(root, '.cache', 'bench-python');
  const python = join(folder, 'bin', 'python');
  if (!existsSync(join(folder, 'ready'))) {
    console.error('Installing PyTorch for the comparison (about 200 MB, once) …');
    await run('python3', ['-m', 'venv', '--clear', folder]);
    await run(python, ['-m', 'pip', 'install', '-q', '--retries', '0', 'torch==2.13.0', 'numpy'], {
      maxBuffer: 1 << 26,
    });
    await run('touch', [join(folder, 'ready')]);
  }
  return python;
}

/** The last line of standard output is the result. */
async function measure(file: string, args: string[], threads: number): Promise<Timing> {
  const { stdout } = await run(file, args, {
    cwd: root,
    maxBuffer: 1 << 26,
    env: {
      ...process.env,
      TF_NUM_INTRAOP_THREADS: String(threads),
      TF_NUM_INTEROP_THREADS: '1',
      OMP_NUM_THREADS: String(threads),
    },
  });
  return JSON.parse(stdout.trim().split('\n').at(-1)!) as Timing;
}

const python = await pythonWithTorch();
const { network, batch, steps } = values;
console.log(
  `${network}, batch ${batch}, ${steps} steps a round; ${cpus()[0]?.model}, ${cpus().length} cores`,
);
for (const threads of values.threads.split(',').map(Number)) {
  const wall: number[] = [];
  const cpu: number[] = [];
  console.log(
    `\n${threads} thread${threads > 1 ? 's' : ''}:   images/s  Theriac  PyTorch   ratio   ratio by CPU time`,
  );
  for (let round = 1; round <= Number(values.rounds); round++) {
    const script = join(root, 'tests', 'bench', 'torch_step.py');
    const theirs = await measure(python, [script, network, batch, steps, String(threads)], threads);
    const child = join(root, 'tests', 'bench', 'native_step.ts');
    const ours = await measure(process.execPath, [child, network, batch, steps], threads);
    const speed = (t: Timing) => (Number(batch) / median(t.milliseconds)) * 1000;
    wall.push(speed(ours) / speed(theirs));
    cpu.push(theirs.cpuSeconds / ours.cpuSeconds);
    const numbers = [
      speed(ours).toFixed(0),
      speed(theirs).toFixed(0),
      wall.at(-1)!.toFixed(2),
      cpu.at(-1)!.toFixed(2),
    ];
    console.log(`  round ${round}             ${numbers.map((n) => n.padStart(7)).join('  ')}`);
  }
  console.log(
    `  median                             ${median(wall).toFixed(2).padStart(9)}  ${median(cpu).toFixed(2).padStart(7)}`,
  );
}
