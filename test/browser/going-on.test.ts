import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { launchChromium } from '../support/chromium.ts';
import { connect, rowsOf } from '../support/person.ts';
import { type Site, startSite } from '../support/site.ts';

let site: Site;
let chromium: Browser;
let page: Page;

beforeAll(async () => {
  [site, chromium] = await Promise.all([startSite({ demoMessages: 60 }), launchChromium()]);
});
afterAll(async () => {
  await chromium?.close();
  await site?.close();
});
beforeEach(async () => {
  const context = await chromium.newContext({ viewport: { width: 390, height: 844 } });
  page = await context.newPage();
  await connect(page, site.origin);
  await rowsOf(page).first().waitFor();
  return () => context.close();
});

it('the next page of a list is read from its beginning, by eyes and by keyboard', async () => {
  await page.getByRole('link', { name: 'Older' }).click();
  await page.getByRole('link', { name: 'Newer' }).waitFor();
  expect(await rowsOf(page).first().boundingBox()).toMatchObject({ y: expect.closeTo(20, -2) });
  expect(await page.evaluate('document.activeElement.id')).toBe('results');
});

it.each([
  ['a time that is none', '99999999999999999', {}],
  ['parts within parts within parts', '0', 6_000],
])('says that it cannot show a message with %s', async (_, internalDate, depth) => {
  const layers = typeof depth === 'number' ? depth : 0;
  const payload = `${'{"mimeType":"multipart/mixed","parts":['.repeat(layers)}{}${']}'.repeat(layers)}`;
  await page.route('**/messages/*?format=full', (route) =>
    route.fulfill({
      contentType: 'application/json',
      body: `{"id":"made","threadId":"made","internalDate":"${internalDate}","payload":${payload}}`,
    }),
  );
  await rowsOf(page).first().click();
  await page.getByRole('heading', { name: 'This cannot be shown here' }).waitFor();
  expect(await page.locator('#results').getAttribute('aria-busy')).toBe('false');
});

it('shows the earlier answers of slow routes never', async () => {
  await page.route('**/messages?q=slow*', async (route) => {
    await new Promise((resolve) => setTimeout(resolve, 1_500));
    await route.continue().catch(() => undefined);
  });
  for (const q of ['slow', 'subject:nothing-has-this']) {
    await page.getByRole('searchbox').fill(q);
    await page.keyboard.press('Enter');
  }
  await page.getByText('No messages match your search.').waitFor();
  await page.waitForTimeout(2_000);
  expect(await page.title()).toMatch(/^subject:nothing/);
});
