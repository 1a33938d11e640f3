import { readFileSync, writeFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { chromiumPrinter } from '../../electron/host/print-pdf.ts';
import { TrainedBench } from '../../electron/services/fixtures/trained.ts';
import { exportReport } from '../../electron/services/reports.ts';
import { seriousProblems } from './support/axe.ts';
import { browserOrReason, launch, openPage } from './support/browser.ts';

/** The report as it is opened: from the disk, in a browser that has no network. */
const program = browserOrReason();
const MOST_BYTES = 3_000_000;

describe.skipIf(!program)('the report', () => {
  let bench: TrainedBench;
  let browser: Browser;
  let file: string;

  beforeAll(async () => {
    [bench, browser] = await Promise.all([TrainedBench.create(), launch(program!)]);
    file = bench.free('report.html');
    await exportReport(bench.ws, bench.id, { to: file, format: 'html', print: null });
  }, 120_000);

  afterAll(async () => {
    await browser?.close();
    bench?.dispose();
  });

  test('stands alone, and can be used by everybody', { timeout: 60_000 }, async () => {
    const context = await browser.newContext({ offline: true });
    const { page, complaints } = await openPage(context, pathToFileURL(file).href);
    await page.getByRole('heading', { level: 1, name: 'Tiny' }).waitFor();
    for (const title of ['The models side by side', 'The evidence', 'What this does not tell', 'Words']) {
      expect(await page.getByRole('heading', { level: 2, name: title }).count(), title).toBe(1);
    }
    const broken = await page.evaluate(
      () => [...document.images].filter((image) => image.naturalWidth === 0 || image.alt === '').length,
    );
    expect(broken).toBe(0);
    for (const media of ['screen', 'print'] as const) {
      await page.emulateMedia({ media });
      // The page's own policy forbids scripts; what checks it comes from outside.
      expect(await seriousProblems(page), media).toEqual([]);
    }
    expect(complaints.console).toEqual([]);
    expect(complaints.policy).toEqual([]);
    expect(complaints.foreign.filter((url) => !url.startsWith('file:'))).toEqual([]);
    expect(readFileSync(file).length).toBeLessThan(MOST_BYTES);
    await context.close();
  });

  test('runs nothing that a name brings along', { timeout: 60_000 }, async () => {
    const hostile = bench.free('hostile.html');
    const text = readFileSync(file, 'utf8').replace(
      '</main>',
      '<script>document.title = "owned"</script></main>',
    );
    writeFileSync(hostile, text);
    const context = await browser.newContext();
    const page = await context.newPage();
    await page.goto(pathToFileURL(hostile).href);
    expect(await page.title()).toBe('Theriac report: Tiny');
    await context.close();
  });

  test('is printed on pages of paper, the same each time', { timeout: 120_000 }, async () => {
    const print = async () => {
      const to = bench.free('report.pdf');
      await exportReport(bench.ws, bench.id, { to, format: 'pdf', print: chromiumPrinter() });
      return readFileSync(to);
    };
    const first = await print();
    const bytes = first.toString('latin1');
    expect(bytes.slice(0, 5)).toBe('%PDF-');
    const pages = Number(
      /\/Type\s*\/Pages[^]*?\/Count (\d+)/.exec(bytes)?.[1] ?? /\/Count (\d+)/.exec(bytes)?.[1],
    );
    expect(pages).toBeGreaterThan(1);
    expect(pages).toBeLessThan(15);
    const { finished } = bench.ws.history.experiments.get(bench.id)!;
    expect(bytes).toContain(`/CreationDate (D:${finished!.replace(/\D/g, '').slice(0, 14)}+00'00')`);
    expect((await print()).equals(first)).toBe(true);
  });
});
