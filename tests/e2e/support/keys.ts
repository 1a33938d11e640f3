import type { Page } from 'playwright-core';

const PATIENCE = 60_000;

/** Presses Tab until what has the focus is the control of that name: round and round, for it may come late. */
export async function tabTo(page: Page, name: RegExp): Promise<void> {
  for (const end = Date.now() + PATIENCE; Date.now() < end;) {
    const focused = await page.evaluate(() => {
      const element = document.activeElement as HTMLElement | null;
      if (!element) return '';
      const labels = (element as HTMLInputElement).labels;
      const label =
        element.getAttribute('aria-label') ?? (labels?.length ? labels[0]!.innerText : element.innerText);
      return (label ?? '').trim();
    });
    if (name.test(focused)) return;
    await page.keyboard.press('Tab');
  }
  throw new Error(`Tab never came to ${name}`);
}

export async function press(page: Page, name: RegExp): Promise<void> {
  await tabTo(page, name);
  await page.keyboard.press('Enter');
}

/** Types over what stands in a field, and leaves it. */
export async function replaceText(page: Page, name: RegExp, text: string): Promise<void> {
  await tabTo(page, name);
  await page.keyboard.press('ControlOrMeta+A');
  await page.keyboard.type(text);
  await page.keyboard.press('Tab');
}
