/**
 * Rates of importing, beside the decoder alone on the same files: same programs, same load, alternating.
 *
 *   node tests/bench/data/import.ts --folder WORK [--cases jpegs,pngs,zip,many] [--rounds 3]
 *
 * Makes its sources under WORK where they are not there yet (noise on gradients, so that sizes are as of photographs):
 *   jpegs   1 GB of JPEGs, 640 x 480, ten class folders       pngs    50,000 PNGs, 32 x 32
 *   zip     a 5 GB zip of these JPEGs (needs the program zip)  many    200,000 PNGs in 200 class folders
 * Prints seconds, processor seconds, and peak memory of a process that imports, and of one that only decodes to the
 * same size through sharp with as many images at once. Delete WORK afterwards.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, linkSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import sharp from 'sharp';
import { importSource } from '../../../electron/datasets/import.ts';
import { inOrder } from '../../../electron/datasets/in-order.ts';
import { WINDOW } from '../../../electron/datasets/inspect.ts';
import { Random } from '../../../shared/random.ts';

const { values } = parseArgs({
  options: {
    folder: { type: 'string' },
    cases: { type: 'string', default: 'jpegs,pngs,zip,many' },
    rounds: { type: 'string', default: '3' },
    child: { type: 'string' },
    source: { type: 'string' },
  },
});

interface Figures {
  seconds: number;
  cpuSeconds: number;
  peakMB: number;
  images: number;
}

function noisy(random: Random, width: number, height: number, noise: number) {
  const data = new Uint8Array(width * height * 3);
  const [dx, dy, base] = [random.between(-0.2, 0.2), random.between(-0.2, 0.2), random.integer(200)];
  for (let i = 0; i < data.length; i++) {
    const x = Math.floor(i / 3) % width;
    data[i] = (base + dx * x + (dy * i) / (3 * width) + random.integer(noise) + 256) % 256;
  }
  return sharp(data, { raw: { width, height, channels: 3 } });
}

/** Files of a few hundred different contents: the decoder does not know that it saw them before. */
async function makeFolder(
  folder: string,
  count: number,
  classes: number,
  kind: 'jpeg' | 'png',
): Promise<void> {
  if (existsSync(join(folder, 'whole'))) return;
  const random = new Random(7);
  const different = Math.min(count, kind === 'jpeg' ? 200 : 2000);
  const contents: Buffer[] = [];
  for (let i = 0; i < different; i++) {
    const image = kind === 'jpeg' ? noisy(random, 640, 480, 60) : noisy(random, 32, 32, 90);
    contents.push(await (kind === 'jpeg' ? image.jpeg({ quality: 85 }) : image.png()).toBuffer());
  }
  for (let c = 0; c < classes; c++) mkdirSync(join(folder, 'set', `class${c}`), { recursive: true });
  for (let i = 0; i < count; i++)
    writeFileSync(join(folder, 'set', `class${i % classes}`, `${i}.${kind}`), contents[i % different]!);
  writeFileSync(join(folder, 'whole'), '');
}

/** A folder of links to the JPEGs, packed without compression. */
function makeZip(folder: string, jpegs: string, copies: number): void {
  if (existsSync(join(folder, 'set.zip'))) return;
  for (const name of readdirSync(jpegs)) {
    mkdirSync(join(folder, 'set', name), { recursive: true });
    for (const file of readdirSync(join(jpegs, name)))
      for (let k = 0; k < copies; k++)
        linkSync(join(jpegs, name, file), join(folder, 'set', name, `${k}-${file}`));
  }
  const { status } = spawnSync('zip', ['-0', '-q', '-r', '../new.zip', '.'], { cwd: join(folder, 'set') });
  if (status !== 0) throw new Error('zip failed');
  spawnSync('mv', ['new.zip', 'set.zip'], { cwd: folder });
  rmSync(join(folder, 'set'), { recursive: true });
}

async function decodeAll(source: string): Promise<number> {
  sharp.cache(false);
  sharp.concurrency(1);
  const files = readdirSync(source).flatMap((name) =>
    readdirSync(join(source, name)).map((file) => join(source, name, file)),
  );
  const decode = async (file: string) =>
    sharp(await readFile(file))
      .resize(32, 32, { fit: 'fill' })
      .removeAlpha()
      .raw()
      .toBuffer();
  let done = 0;
  for await (const { result } of inOrder(files, decode, WINDOW, undefined)) done += result.length / 3072;
  return done;
}

async function importAll(source: string, into: string): Promise<number> {
  const { counts } = await importSource({ source, into });
  return counts.train + counts.test;
}

function inChild(work: 'import' | 'decode', source: string): Figures {
  const { stdout, stderr, status } = spawnSync(
    process.execPath,
    [fileURLToPath(import.meta.url), '--child', work, '--source', source, '--folder', values.folder!],
    { encoding: 'utf8', maxBuffer: 1 << 26 },
  );
  if (status !== 0) throw new Error(stderr);
  return JSON.parse(stdout) as Figures;
}

const median = (numbers: number[]) => numbers.toSorted((a, b) => a - b)[numbers.length >> 1]!;

if (!values.folder) throw new Error('--folder says where to work');
const work = values.folder;
if (values.child !== undefined) {
  const into = join(work, `into-${process.pid}`);
  const began = performance.now();
  const images = await (values.child === 'import'
    ? importAll(values.source!, into)
    : decodeAll(values.source!));
  const seconds = (performance.now() - began) / 1000;
  const { user, system } = process.cpuUsage();
  rmSync(into, { recursive: true, force: true });
  const peakMB = process.resourceUsage().maxRSS / 1000;
  console.log(JSON.stringify({ seconds, cpuSeconds: (user + system) / 1e6, peakMB, images }));
} else {
  const wanted = values.cases.split(',');
  const cases: { name: string; source: string; decoded: boolean }[] = [];
  const folder = (name: string) => join(work, name);
  if (wanted.includes('jpegs') || wanted.includes('zip')) await makeFolder(folder('jpegs'), 9000, 10, 'jpeg');
  if (wanted.includes('jpegs'))
    cases.push({ name: 'jpegs', source: join(folder('jpegs'), 'set'), decoded: true });
  if (wanted.includes('pngs')) {
    await makeFolder(folder('pngs'), 50_000, 10, 'png');
    cases.push({ name: 'pngs', source: join(folder('pngs'), 'set'), decoded: true });
  }
  if (wanted.includes('zip')) {
    makeZip(folder('zip'), join(folder('jpegs'), 'set'), 5);
    cases.push({ name: 'zip', source: join(folder('zip'), 'set.zip'), decoded: false });
  }
  if (wanted.includes('many')) {
    await makeFolder(folder('many'), 200_000, 200, 'png');
    cases.push({ name: 'many', source: join(folder('many'), 'set'), decoded: true });
  }
  const text = ({ seconds, cpuSeconds, peakMB }: Figures) =>
    `${seconds.toFixed(1)} s, ${cpuSeconds.toFixed(1)} CPU s, peak ${peakMB.toFixed(0)} MB`;
  for (const { name, source, decoded } of cases) {
    const ratios: { wall: number; cpu: number }[] = [];
    for (let round = 0; round < (decoded ? Number(values.rounds) : 1); round++) {
      const alone = decoded ? inChild('decode', source) : null;
      const imported = inChild('import', source);
      console.log(`${name}: import of ${imported.images} images ${text(imported)}`);
      if (!alone) continue;
      console.log(`${name}: decoder alone ${text(alone)}`);
      ratios.push({
        wall: imported.seconds / alone.seconds,
        cpu: imported.cpuSeconds / alone.cpuSeconds,
      });
    }
    if (ratios.length === 0) continue;
    const [wall, cpu] = [median(ratios.map((r) => r.wall)), median(ratios.map((r) => r.cpu))];
    console.log(`${name}: import / decoder alone: ${wall.toFixed(2)} by the clock, ${cpu.toFixed(2)} by CPU`);
  }
}
