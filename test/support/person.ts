import axe from 'axe-core';
import type { Locator, Page } from 'playwright-core';
import * as v from 'valibot';

/** A person says yes at the local Google: chooses the suggested account and allows. */
export async function consent(page: Page): Promise<void> {
  await page.getByRole('button', { name: 'Next' }).click();
  await page.getByRole('button', { name: 'Allow' }).click();
}

/** A person connects the suggested account, and sees their mail. */
export async function connect(page: Page, origin: string, path = '/'): Promise<void> {
  await page.goto(origin + path);
  await page.getByRole('link', { name: 'Connect Gmail' }).click();
  await consent(page);
  await page.getByText('Signed in as ada@example.com').waitFor();
}

/** The rows of the list. */
export function rowsOf(page: Page): Locator {
  return page.locator('.rows').getByRole('link');
}

/** What axe finds wrong with the page, each rule with the elements that break it. */
export async function accessFaults(page: Page): Promise<readonly string[]> {
  // Without its style sheet a page may be seen, but not judged.
  await page.waitForLoadState();
  // As an expression: the page itself lets no foreign script in.
  const found = await page.evaluate(
    `${axe.source}; axe.run().then(({ violations }) => violations.map(({ id, nodes }) => id + ': ' + nodes.map(({ html }) => html).slice(0, 3).join(' ')))`,
  );
  return v.parse(v.array(v.string()), found);
}

/** What can be pressed on the page but is lower than 44 pixels, or reaches out of the window. */
export async function touchFaults(page: Page): Promise<readonly string[]> {
  await page.waitForLoadState();
  const found = await page.evaluate(`
    [...document.querySelectorAll('button, .button, .other, .row, .brand, summary, select, input, .strip a, .back a')]
      .filter((element) => element.checkVisibility() && element.type !== 'hidden')
      .filter((element) => {
        const box = (element.type === 'radio' ? element.parentElement : element).getBoundingClientRect();
        return box.height < 43.9 || box.left < 0 || box.right > innerWidth;
      })
      .map((element) => element.outerHTML)
      .concat(document.documentElement.scrollWidth > innerWidth ? ['the page is wider than the window'] : [])`);
  return v.parse(v.array(v.string()), found);
}

/** Presses Tab, as somebody without a mouse does, until the element has the focus. */
export async function tabTo(page: Page, target: Locator, key: 'Tab' | 'Shift+Tab' = 'Tab'): Promise<void> {
  for (let presses = 0; presses < 60; presses++) {
    await page.keyboard.press(key);
    if (await target.evaluate((element) => element.matches(':focus'))) return;
  }
  throw new Error(`No ${key} leads to ${target}.`);
}
