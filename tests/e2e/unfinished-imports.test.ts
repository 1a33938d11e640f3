import { rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { importSource } from '../../electron/datasets/import.ts';
import { ensureBuilt } from '../../scripts/common/build.mjs';
import { seriousProblems } from './support/axe.ts';
import { browserOrReason, openPage } from './support/browser.ts';
import { press } from './support/keys.ts';
import { drawClassFolder } from './support/scene.ts';
import { sharedBrowser, sharedStage } from './support/stage.ts';

const MINUTES = 60_000;
const program = browserOrReason();

/** Begins an import and stops it once some images are stored. */
async function leaveUnfinished(source: string, into: string): Promise<void> {
  const stop = new AbortController();
  const stopped = importSource(
    { source, into, resume: true },
    {
      signal: stop.signal,
      noteEvery: 0,
      onProgress: ({ done, note }) => {
        if (note === 'Decoding images' && done > 0) stop.abort();
      },
    },
  );
  await expect(stopped).rejects.toMatchObject({ code: 'cancelled' });
}

describe.skipIf(!program)('imports that were left unfinished', { timeout: 4 * MINUTES }, () => {
  const browser = sharedBrowser(program);
  const stage = sharedStage(60, async ({ host, source }) => {
    const other = await drawClassFolder(60);
    const into = join(host.dataFolder, 'datasets');
    for (const one of [source, other]) await leaveUnfinished(one, into);
    return { other };
  });
  beforeAll(() => ensureBuilt('renderer'), 3 * MINUTES);
  afterAll(async () => {
    await browser.drop();
    await stage.drop();
  });

  test('are gone on with or discarded, with the keyboard alone', async () => {
    const { host, client, source, other } = await stage.get();
    const context = await (
      await browser.get()
    ).newContext({ viewport: { width: 1024, height: 700 }, reducedMotion: 'reduce' });
    onTestFinished(async () => {
      await context.close();
      await rm(other, { recursive: true, force: true });
    });
    const { page, complaints } = await openPage(context, host.address);
    await page.getByRole('heading', { level: 1 }).waitFor();
    await press(page, /^Import$/);
    const card = (folder: string) =>
      page.getByRole('region', { name: `Unfinished import of ${basename(folder)}` });
    await card(other).waitFor();
    expect(await card(source).innerText()).toMatch(/\d+ of 18[0-9] images/);
    expect(await card(source).innerText()).toContain(source);
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme });
      expect(await seriousProblems(page), colorScheme).toEqual([]);
    }

    await press(page, new RegExp(`^Discard the unfinished import of ${basename(other)}$`));
    await card(other).waitFor({ state: 'detached' });
    await page.getByText(`The unfinished import of ${basename(other)} is discarded`).waitFor();
    // The focus is not lost with what it was on.
    expect(await page.evaluate(() => document.activeElement?.tagName)).toBe('H1');
    expect((await client.call('datasets.unfinished')).map(({ name }) => name)).toEqual([basename(source)]);

    await press(page, new RegExp(`^Go on with the import of ${basename(source)}$`));
    await page.getByText('is imported.').waitFor({ timeout: MINUTES });
    const [made] = await client.call('datasets.list');
    expect(made).toMatchObject({ name: basename(source) });
    expect(made!.counts.train + made!.counts.test).toBe(180);
    expect(await client.call('datasets.unfinished')).toEqual([]);
    // The title, which has the focus, has the same name as the place in the sidebar.
    await page.keyboard.press('Tab');
    await press(page, /^Import$/);
    await page.getByRole('group', { name: 'Source' }).waitFor();
    expect(await page.getByText('was not imported to its end').count()).toBe(0);
    expect(complaints.policy.concat(complaints.foreign)).toEqual([]);
  });
});
