import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { launchChromium, screenshotPath } from '../support/chromium.ts';
import { type Site, startSite } from '../support/site.ts';

let site: Site;
let chromium: Browser;
let page: Page;

beforeAll(async () => {
  [site, chromium] = await Promise.all([startSite({ demoMessages: 40 }), launchChromium()]);
  page = await chromium.newPage({ viewport: { width: 420, height: 800 } });
});
afterAll(async () => {
  await chromium.close();
  await site.close();
});

it('lets a person connect, list, log out, connect again and disconnect', async () => {
  await page.goto(site.origin);
  await page.screenshot({ path: screenshotPath('start') });
  await page.getByRole('link', { name: 'Connect Gmail' }).click();
  await page.screenshot({ path: screenshotPath('choose-account') });
  await page.getByRole('button', { name: 'Next' }).click();
  await page.screenshot({ path: screenshotPath('consent') });
  await page.getByRole('button', { name: 'Allow' }).click();

  await page.getByText('Signed in as ada@example.com').waitFor();
  expect(page.url()).toBe(`${site.origin}/`);
  await page.screenshot({ path: screenshotPath('signed-in') });
  const listing = await page.request.get(`${site.origin}/messages?maxResults=500`);
  expect((await listing.json()).messages).toHaveLength((await site.truth('ada@example.com')).length);

  await page.getByRole('button', { name: 'Log out' }).click();
  await page.getByRole('link', { name: 'Connect Gmail' }).click();
  await page.getByRole('button', { name: 'Next' }).click();
  await page.getByRole('button', { name: 'Allow' }).click();

  page.once('dialog', (dialog) => dialog.accept());
  await page.getByRole('button', { name: 'Disconnect' }).click();
  await page.getByRole('link', { name: 'Connect Gmail' }).waitFor();
  expect(await site.items('grants')).toEqual([]);
});

it('shows a person who unticked Gmail what happened, and mends it', async () => {
  await page.goto(`${site.origin}/auth/login`);
  await page.getByRole('button', { name: 'Next' }).click();
  await page.getByRole('checkbox').uncheck();
  await page.getByRole('button', { name: 'Allow' }).click();
  await page.getByRole('heading', { name: 'Access to the mailbox was not included' }).waitFor();
  expect(page.url()).not.toContain('code=');
  await page.screenshot({ path: screenshotPath('insufficient-scope') });
  await page.getByRole('link', { name: 'Continue with Google' }).click();
  await page.getByRole('button', { name: 'Next' }).click();
  await page.getByRole('button', { name: 'Allow' }).click();
  await page.getByText('Signed in as ada@example.com').waitFor();
});

it('runs no script but its own and loads nothing from elsewhere', async () => {
  const requested: string[] = [];
  page.on('request', (request) => requested.push(new URL(request.url()).origin));
  await page.goto(site.origin);
  await page.waitForLoadState('networkidle');
  expect(new Set(requested)).toEqual(new Set([site.origin]));
});
