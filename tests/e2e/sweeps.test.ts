import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { ensureBuilt } from '../../scripts/common/build.mjs';
import type { Plan } from '../../shared/sweep/plan.ts';
import { seriousProblems } from './support/axe.ts';
import { browserOrReason, openPage } from './support/browser.ts';
import { Client } from './support/client.ts';
import { Host } from './support/host.ts';
import { press, replaceText, tabTo } from './support/keys.ts';
import { sharedBrowser } from './support/stage.ts';

/** A sweep from the plan to the table, with the keyboard alone; killed half-way, it goes on to the same table. */
const MINUTES = 60_000;
const program = browserOrReason();

async function accessible(page: Page, what: string): Promise<void> {
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme });
    expect(await seriousProblems(page), `${what}, ${colorScheme}`).toEqual([]);
  }
}

/** The table of the same plan in a data folder of its own, without a stop. */
async function straightTable(plan: Plan): Promise<string> {
  const host = await Host.start();
  const client = await Client.connect(host);
  try {
    await client.finished(await client.call('datasets.sample'));
    const { id } = await client.call('sweeps.start', plan);
    await expect
      .poll(async () => (await client.call('sweeps.show', id)).activity, { timeout: 4 * MINUTES })
      .toBeNull();
    const to = join(host.dataFolder, 'table');
    const { csv } = await client.call('sweeps.save', id, to);
    return await readFile(csv, 'utf8');
  } finally {
    client.close();
    await host.stop();
  }
}

async function openDeletion(page: Page): Promise<void> {
  await press(page, /^More actions$/);
  await page.getByRole('menuitem', { name: 'Delete the sweep…' }).waitFor();
  await page.keyboard.press('End');
  await page.keyboard.press('Enter');
  await page.getByRole('dialog', { name: 'Delete this sweep?' }).waitFor();
}

describe.skipIf(!program)('a sweep in the application', { timeout: 10 * MINUTES }, () => {
  const browser = sharedBrowser(program);
  beforeAll(() => ensureBuilt('renderer'), 3 * MINUTES);
  afterAll(() => browser.drop());

  test('is planned, started, killed, gone on with and saved, with the keyboard alone', async () => {
    let host = await Host.start();
    const { dataFolder } = host;
    const client = await Client.connect(host);
    await client.finished(await client.call('datasets.sample'));
    client.close();
    const context = await (
      await browser.get()
    ).newContext({ viewport: { width: 1280, height: 800 }, reducedMotion: 'reduce' });
    onTestFinished(async () => {
      await context.close();
      await host.stop();
      await rm(dataFolder, { recursive: true, force: true, maxRetries: 5 });
    });

    const { page, complaints } = await openPage(context, host.address);
    await page.getByRole('heading', { level: 1 }).waitFor();
    await press(page, /^History$/);
    await press(page, /^Sweeps$/);
    await press(page, /^Plan a sweep$/);
    await page.getByText('Clean data sets').waitFor();
    // The clean control goes, another attack comes with a parameter of its own and goes again.
    await press(page, /^Remove none$/);
    await tabTo(page, /^Attack to add$/);
    await page.keyboard.type('Blend');
    await press(page, /^Add$/);
    await press(page, /^Blend/);
    await replaceText(page, /^Alpha/, '2');
    await page.getByText(/"alpha" of blend must lie between 0 and 1/).waitFor();
    expect(await page.getByRole('button', { name: 'Start the sweep' }).isDisabled()).toBe(true);
    await replaceText(page, /^Alpha/, '0.3');
    await page.getByText('12 runs').waitFor();
    await accessible(page, 'the plan');
    await press(page, /^Remove blend alpha=0.3$/);
    await replaceText(page, /^Seeds$/, '1-2');
    await tabTo(page, /^ABL model, careful/);
    await page.keyboard.press('Space');
    await press(page, /^Advanced/);
    await replaceText(page, /^Networks$/, 'small-cnn');
    await replaceText(page, /^Epochs$/, '1');
    await page.getByText('2 runs', { exact: true }).waitFor();
    await page.getByText('2 poisoned copies of the data are made').waitFor();
    await replaceText(page, /^Name$/, 'Two seeds');
    await press(page, /^Start the sweep$/);

    await page.getByRole('heading', { level: 1, name: 'Two seeds' }).waitFor();
    const progress = page.getByRole('region', { name: 'Progress' });
    await progress.getByText('Run 1 of 2').waitFor();
    await progress.getByText('Run 2 of 2').waitFor({ timeout: 3 * MINUTES });
    const id = new URL(page.url()).hash.split('/').at(-1)!;
    expect(complaints.policy.concat(complaints.foreign)).toEqual([]);
    const gone = new Promise((resolve) => host.process.once('exit', resolve));
    host.process.kill('SIGKILL');
    await gone;

    host = await Host.start({ dataFolder });
    await page.goto('about:blank');
    await page.goto(host.address);
    await press(page, /^History$/);
    await press(page, /^Sweeps$/);
    await page.getByText('1 of 2').waitFor();
    await accessible(page, 'the list');
    await press(page, /^Two seeds$/);
    await page.getByText('This sweep has stopped').waitFor();
    await press(page, /^Continue$/);
    await page.getByText('All runs are done').waitFor({ timeout: 4 * MINUTES });
    const row = page.getByRole('row', { name: /badnets/ }).first();
    await expect.poll(() => row.innerText()).toMatch(/10 %[\s\S]* ± [\s\S]* ± /);
    await accessible(page, 'the table');

    await press(page, /^Save the table…$/);
    await tabTo(page, /^Folder$/);
    const to = join(dataFolder, 'taken');
    await page.keyboard.type(to);
    await page.keyboard.press('Enter');
    await page.getByText(`Written into ${to}.`).waitFor();
    await accessible(page, 'saving');
    expect(await readFile(join(to, 'table.md'), 'utf8')).toContain('| badnets | 10 % |');
    const again = await Client.connect(host);
    const { plan } = await again.call('sweeps.show', id);
    const table = await readFile(join(to, 'table.csv'), 'utf8');

    // Kept first, then deleted: the experiments go into the trash because that was asked for.
    await press(page, /^Close$/);
    await openDeletion(page);
    await page.getByText('Its 2 experiments with their models stay in the history').waitFor();
    await accessible(page, 'deleting');
    await press(page, /^Keep it$/);
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    expect(await again.call('sweeps.list')).toHaveLength(1);
    await openDeletion(page);
    await tabTo(page, /^Move its 2 experiments to the trash/);
    await page.keyboard.press('Space');
    await press(page, /^Delete the sweep$/);
    await page.getByText('The sweep is deleted, 2 experiments moved to the trash.').waitFor();
    await page.getByText('No sweep yet').waitFor();
    expect((await again.call('experiments.list', { offset: 0, limit: 10 })).total).toBe(0);
    again.close();
    expect(table).toBe(await straightTable(plan));
  });
});
