import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { exportBundle, openBundle } from './bundles.ts';
import { TrainedBench } from './fixtures/trained.ts';
import { exportReport, type PdfPrinter } from './reports.ts';

let bench: TrainedBench;
beforeAll(async () => {
  bench = await TrainedBench.create();
}, 120_000);
afterAll(() => bench.dispose());

async function report(id = bench.id): Promise<string> {
  const to = bench.free('report.html');
  await exportReport(bench.ws, id, { to, format: 'html', print: null });
  return readFileSync(to, 'utf8');
}

test('tells what was found, with intervals, hashes and limits, the same each time', async () => {
  const text = await report();
  expect(await report()).toBe(text);
  const { datasetHash, seed } = bench.ws.history.experiments.get(bench.id)!;
  for (const words of [datasetHash, `seed ${seed}`, 'What this does not tell', 'n = ', 'What this means:']) {
    expect(text).toContain(words);
  }
  expect(text).toMatch(/ABL model, SHA-256<\/dt>\s*<dd><code>[0-9a-f]{64}/);
  expect(text.match(/<img /g)!.length).toBeGreaterThanOrEqual(1);
  expect(text).not.toMatch(/undefined|NaN|\[object|Infinity/);
  expect(text).not.toMatch(/<script|https?:\/\//);
});

test('puts no markup of a name into the document', async () => {
  const { ws } = bench;
  const evil = '</title><script>alert(1)</script><img src=x onerror=alert(1)>';
  const { datasetId } = ws.history.experiments.get(bench.id)!;
  const before = ws.history.datasets.get(datasetId)!.manifest;
  const rename = (name: string) =>
    ws.history.db
      .prepare('UPDATE datasets SET manifest = ? WHERE id = ?')
      .run(JSON.stringify({ ...before, name }), datasetId);
  rename(evil);
  const text = await report().finally(() => rename(before.name));
  expect(text).not.toContain('<script');
  expect(text).not.toContain('<img src=x');
  expect(text).toContain('&lt;script&gt;alert(1)');
});

test('does without pictures where the images were removed', async () => {
  const other = await bench.empty();
  const file = bench.free('bare.theriac');
  await exportBundle(bench.ws, bench.id, { to: file, withDataset: false });
  await openBundle(other, file);
  const to = bench.free('bare.html');
  await exportReport(other, bench.id, { to, format: 'html', print: null });
  expect(readFileSync(to, 'utf8')).not.toContain('<img');
});

test('is refused before the run is done and without a printer; a printer that fails leaves nothing', async () => {
  const take = (id: string, print: PdfPrinter | null) => {
    const to = bench.free('refused.pdf');
    const run = exportReport(bench.ws, id, { to, format: 'pdf', print });
    return { to, run };
  };
  const waiting = bench.experiment();
  await expect(take(waiting.id, null).run).rejects.toMatchObject({ code: 'bad-input' });
  await expect(take(bench.id, null).run).rejects.toMatchObject({
    code: 'not-found',
    remedy: expect.stringContaining('HTML'),
  });
  const failing = take(bench.id, () => Promise.reject(new Error('no paper')));
  await expect(failing.run).rejects.toThrow('no paper');
  expect(existsSync(failing.to)).toBe(false);
  expect(readdirSync(bench.root).filter((name) => name.startsWith('.'))).toEqual([]);
});
