import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Examination, TriggerPicture } from '../../shared/contract/results.ts';
import { exportBundle, openBundle } from './bundles.ts';
import { TrainedBench } from './fixtures/trained.ts';
import { exportReport, type PdfPrinter } from './reports.ts';

let bench: TrainedBench;
beforeAll(async () => {
  bench = await TrainedBench.create();
}, 120_000);
afterAll(() => bench.dispose());

function examinationWith(trigger: TriggerPicture): Examination {
  const verdict = { kind: 'poisoned' as const, class: 1, confidence: 0.9, estimatedAsr: 0.9, reasons: [] };
  return { verdict, classes: [1], poisonShare: 0.1, estimatedAsr: null, evidence: [], triggers: [trigger] };
}

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

test('has the reconstructed trigger and what an analyst said', async () => {
  const { history } = bench.ws;
  const plain = await report();
  expect(plain).not.toContain('What an analyst said');
  expect(plain).not.toContain('The reconstructed trigger</h3>');
  const [first, second, third] = history.isolations.examples(bench.id).map(({ example }) => example);
  history.marks.set(bench.id, [first!, second!], 'poison');
  history.marks.set(bench.id, [third!], 'clean');
  history.marks.give(bench.id, [{ example: 0, mark: 'clean' }]);
  const trigger = { class: 1, images: 17, height: 1, width: 2, channels: 3, pixels: 'gICA////' };
  history.outcomes.setExamination(bench.id, examinationWith(trigger));
  const text = await report().finally(() => {
    history.marks.set(bench.id, [first!, second!, third!], null);
    for (const table of ['marks', 'examinations'])
      history.db.prepare(`DELETE FROM ${table} WHERE experiment_id = ?`).run(bench.id);
  });
  expect(text).toContain('The reconstructed trigger</h3>');
  expect(text).toMatch(/17 training\s+images carry it/);
  expect(text).toMatch(/marked 2 as poison and 1 as clean/);
  expect(text).toMatch(/0 training images were left\s+out[^.]*and 1\s+kept/);
  for (const sheet of ['Marked as poison', 'Marked as clean'])
    expect(text).toContain(`${sheet}</figcaption>`);
  const alternatives = [...text.matchAll(/alt="([^"]*)"/g)].map(([, words]) => words);
  expect(alternatives).toEqual(
    expect.arrayContaining([
      '2 training images that an analyst marked as poison, in rows of 2.',
      expect.stringMatching(/^The reconstructed trigger of class “/),
    ]),
  );
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
