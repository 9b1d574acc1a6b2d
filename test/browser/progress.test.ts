import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { launchChromium, screenshot } from '../support/chromium.ts';
import { connect, rowsOf } from '../support/person.ts';
import { type Site, startSite } from '../support/site.ts';

let site: Site;
let chromium: Browser;

beforeAll(async () => {
  [site, chromium] = await Promise.all([
    // Some 285 messages fit a tick: there is something to watch.
    startSite({ demoMessages: 700, sync: true, syncIntervalSeconds: 2 }),
    launchChromium(),
  ]);
});
afterAll(async () => {
  await chromium?.close();
  await site?.close();
});

/** The rows of the list, with the names of labels also where the page shows their IDs because names come later. */
async function namedRows(page: Page): Promise<string[]> {
  const rows = await rowsOf(page).allTextContents();
  return rows.map((row) =>
    row.replace('Label_1', 'Receipts').replace('Label_2', 'Travel').replace('Label_3', 'Work/Projects'),
  );
}

it('moves on its own, from nothing to all, while the list stays as it is', async () => {
  const page = await chromium.newPage({ viewport: { width: 1280, height: 844 } });
  const seen: number[] = [];
  page.on('response', async (response) => {
    if (!response.url().endsWith('/mailbox') || response.request().method() !== 'GET') return;
    const { sync } = await response.json();
    if (sync !== undefined) seen.push(sync.percent);
  });
  await connect(page, site.origin);
  const panel = page.getByRole('region', { name: 'Stored copy' });
  const bar = panel.getByRole('progressbar');
  await rowsOf(page).nth(9).waitFor();
  const before = await namedRows(page);
  expect(before.join()).not.toContain('Not copied yet');

  await panel.getByText(/[\d,]+ of about [\d,]+ messages · [\d,]+ a minute · .* left/).waitFor();
  await screenshot(page, 'progress-1280');
  const halfway = Number(await bar.getAttribute('value'));
  expect(halfway).toBeLessThan(100);
  await page.setViewportSize({ width: 390, height: 844 });
  await screenshot(page, 'progress-390');

  await panel.getByText('Up to date.').waitFor();
  expect(await bar.getAttribute('value')).toBe('100');
  expect(seen.filter((percent) => percent < 100).length).toBeGreaterThan(1);
  expect(seen).toEqual(seen.toSorted((one, other) => one - other));
  expect(await namedRows(page)).toEqual(before);
});

it('asks nothing while nobody looks, and at once when somebody does again', async () => {
  const page = await chromium.newPage();
  await connect(page, site.origin);
  let asked = 0;
  let leaves = false;
  // It always says that the copy moves.
  const json = {
    account: { id: await page.locator('#mail').getAttribute('data-account') },
    status: 'active',
    sync: { phase: 'backfill', copied: 1, about: 2, percent: 50, failures: 0 },
  };
  /** Tells the page what a browser tells of a tab that goes to the background, or comes back. */
  const look = (isAway: boolean) =>
    page.evaluate(`Object.defineProperty(document, 'hidden', { value: ${isAway}, configurable: true });
      document.dispatchEvent(new Event('visibilitychange'))`);
  await page.route('**/mailbox', async (route) => {
    asked++;
    if (leaves) await look(true);
    await route.fulfill({ json });
  });
  await page.reload();
  await expect.poll(() => asked).toBeGreaterThan(1);
  // The person leaves while an answer is under way: it brings no further question.
  leaves = true;
  const before = asked;
  await expect.poll(() => asked).toBe(before + 1);
  await page.waitForTimeout(5_000);
  expect(asked).toBe(before + 1);
  leaves = false;
  await look(false);
  await expect.poll(() => asked, { timeout: 2_000 }).toBe(before + 2);
});
