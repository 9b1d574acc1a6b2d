import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { launchChromium } from '../support/chromium.ts';
import { connect, rowsOf } from '../support/person.ts';
import { type Site, startSite } from '../support/site.ts';

let site: Site;
let chromium: Browser;
let context: BrowserContext;
let page: Page;

beforeAll(async () => {
  [site, chromium] = await Promise.all([startSite({ demoMessages: 5 }), launchChromium()]);
});
afterAll(async () => {
  await chromium?.close();
  await site?.close();
});
beforeEach(async () => {
  context = await chromium.newContext();
  page = await context.newPage();
  await connect(page, site.origin);
  await rowsOf(page).first().waitFor();
  return () => context.close();
});

/** In another tab Grace takes over the browser. The first page looks in vain meanwhile: else it would see nobody. */
async function graceSignsIn(): Promise<void> {
  await page.route('**/mailbox', (route) =>
    route.request().method() === 'GET' ? route.abort() : route.continue(),
  );
  const other = await context.newPage();
  await other.goto(site.origin);
  await other.getByRole('button', { name: 'Log out' }).click();
  await other.getByRole('link', { name: 'Connect Gmail' }).click();
  await other.getByText('Grace Hopper').click();
  await other.getByRole('button', { name: 'Next' }).click();
  await other.getByRole('button', { name: 'Allow' }).click();
  await other.getByText('Signed in as grace@example.com').waitFor();
}

const lookAgain = () => page.unroute('**/mailbox');

const comeBack = () => page.evaluate(`document.dispatchEvent(new Event('visibilitychange'))`);

it('a page disconnects nobody but the account that it names', async () => {
  await graceSignsIn();
  await page.getByRole('button', { name: 'Disconnect…' }).click();
  await page.getByRole('dialog', { name: 'Disconnect ada@example.com?' }).waitFor();
  await page.getByRole('button', { name: 'Disconnect and erase' }).click();
  await lookAgain();
  await page.getByText('Signed in as grace@example.com').waitFor();
  const grants = await site.items('grants');
  expect(grants.map(({ email }) => email).toSorted()).toEqual(['ada@example.com', 'grace@example.com']);
});

it('a page that is looked at again names whose mail it shows', async () => {
  await graceSignsIn();
  await lookAgain();
  await comeBack();
  await page.getByText('Signed in as grace@example.com').waitFor();
});

it('leaves no mail on the screen after a log out in another tab', async () => {
  const other = await context.newPage();
  await other.goto(site.origin);
  await other.getByRole('button', { name: 'Log out' }).click();
  await other.getByRole('link', { name: 'Connect Gmail' }).waitFor();
  await comeBack();
  await page.getByRole('link', { name: 'Connect Gmail' }).waitFor();
  expect(await rowsOf(page).count()).toBe(0);
});
