import { setTimeout as delay } from 'node:timers/promises';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { isUntaken } from '../support/callbacks.ts';
import { launchChromium, screenshot } from '../support/chromium.ts';
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
  await screenshot(page, 'start');
  await page.getByRole('link', { name: 'Connect Gmail' }).click();
  await screenshot(page, 'choose-account');
  await page.getByRole('button', { name: 'Next' }).click();
  await screenshot(page, 'consent');
  await page.getByRole('button', { name: 'Allow' }).click();

  await page.getByText('Signed in as ada@example.com').waitFor();
  expect(page.url()).toBe(`${site.origin}/`);
  // Until then the page asks for messages itself.
  await page.getByText('Newest 10 · older below').waitFor();
  await screenshot(page, 'signed-in');
  const listing = await page.request.get(`${site.origin}/messages?maxResults=500`);
  expect((await listing.json()).messages).toHaveLength((await site.truth('ada@example.com')).length);

  await page.getByRole('button', { name: 'Log out' }).click();
  await page.getByRole('link', { name: 'Connect Gmail' }).click();
  await page.getByRole('button', { name: 'Next' }).click();
  await page.getByRole('button', { name: 'Allow' }).click();

  await page.getByRole('button', { name: 'Disconnect…' }).click();
  await page.getByRole('button', { name: 'Disconnect and erase' }).click();
  await page.getByRole('status').getByText('Access to your Gmail has ended').waitFor();
  expect(await site.items('grants')).toEqual([]);
  await page.getByRole('link', { name: 'Start page' }).click();
  await page.getByRole('link', { name: 'Connect Gmail' }).waitFor();
});

it('shows a person who unticked Gmail what happened, and mends it', async () => {
  await page.goto(`${site.origin}/auth/login`);
  await page.getByRole('button', { name: 'Next' }).click();
  await page.getByRole('checkbox').uncheck();
  await page.getByRole('button', { name: 'Allow' }).click();
  await page.getByRole('heading', { name: 'Gmail access was not granted' }).waitFor();
  expect(page.url()).not.toContain('code=');
  await screenshot(page, 'insufficient-scope');
  await page.getByRole('link', { name: 'Continue with Google' }).click();
  await page.getByRole('button', { name: 'Next' }).click();
  await page.getByRole('button', { name: 'Allow' }).click();
  await page.getByText('Signed in as ada@example.com').waitFor();
});

it('says that a logout failed, and lets a person try again', async () => {
  const replies = [
    {
      status: 503,
      contentType: 'application/problem+json',
      body: JSON.stringify({ detail: 'Try again later.' }),
    },
    // As API Gateway answers by itself.
    {
      status: 503,
      contentType: 'application/json',
      body: JSON.stringify({ message: 'Service Unavailable' }),
    },
    { status: 503, body: '' },
    { status: 502, contentType: 'text/html', body: '<html>' },
  ];
  const unreached = 'The site cannot be reached. Try again.';
  const said = ['Try again later.', 'Service Unavailable', 'Service Unavailable', 'Bad Gateway', unreached];
  await page.goto(site.origin);
  await page.route(
    '**/auth/logout',
    (route) => {
      const reply = replies.shift();
      return reply === undefined ? route.abort() : route.fulfill(reply);
    },
    { times: said.length },
  );
  const button = page.getByRole('button', { name: 'Log out' });
  for (const words of said) {
    // Playwright waits until the button can be pressed again.
    await button.click();
    await page.getByRole('status').getByText(words, { exact: true }).waitFor();
    expect(page.url()).toBe(`${site.origin}/`);
  }
  await button.click();
  await page.getByRole('link', { name: 'Connect Gmail' }).waitFor();
  expect((await site.items('logins')).filter(isUntaken)).toEqual([]);
});

it('lets no button be pressed twice while the site works on it', async () => {
  await connect();
  const answer = Promise.withResolvers<void>();
  await page.route('**/auth/logout', async (route) => {
    await answer.promise;
    await route.fulfill({ status: 503, body: '' });
  });
  const button = page.getByRole('button', { name: 'Log out' });
  await button.click();
  await page.getByRole('status').getByText('One moment…').waitFor();
  expect(await button.isDisabled()).toBe(true);
  answer.resolve();
  await page.getByRole('status').getByText('Service Unavailable').waitFor();
  expect(await button.isEnabled()).toBe(true);
  await page.unroute('**/auth/logout');
});

it('shows no control that needs JavaScript where there is none', async () => {
  const storageState = await page.context().storageState();
  const context = await chromium.newContext({ javaScriptEnabled: false, storageState });
  const scriptless = await context.newPage();
  await scriptless.goto(site.origin);
  await screenshot(scriptless, 'no-javascript', { fullPage: true });
  await scriptless.locator('noscript .notice').waitFor();
  await scriptless.getByText('Signed in as ada@example.com').waitFor();
  for (const dead of ['button', 'input', 'select', 'progress', '[href="#copy"]']) {
    expect([dead, await scriptless.locator(`${dead}:visible`).count()]).toEqual([dead, 0]);
  }
  expect(await scriptless.getByText('Loading…').filter({ visible: true }).count()).toBe(0);
  await context.close();
});

it('disconnects nothing that a person did not confirm', async () => {
  await page.getByRole('button', { name: 'Disconnect…' }).click();
  await page.getByRole('button', { name: 'Keep it connected' }).click();
  expect(await page.getByRole('button', { name: 'Disconnect…' }).isEnabled()).toBe(true);
  expect(await site.items('grants')).toMatchObject([{ status: 'active' }]);
});

it('says in the dialog that a disconnect failed, and lets a person try again', async () => {
  await page.route('**/mailbox', (route) => route.fulfill({ status: 503, json: { detail: 'Not now.' } }), {
    times: 1,
  });
  await page.getByRole('button', { name: 'Disconnect…' }).click();
  const button = page.getByRole('button', { name: 'Disconnect and erase' });
  await button.click();
  await page.getByRole('dialog').getByRole('status').getByText('Not now.').waitFor();
  expect(await button.isEnabled()).toBe(true);
  await page.getByRole('button', { name: 'Keep it connected' }).click();
  expect(await site.items('grants')).toMatchObject([{ status: 'active' }]);
});

it('says until the person leaves where to remove access that could not be revoked', async () => {
  await site.fault('revoke', { status: 503 }, 0);
  await page.route(
    '**/mailbox',
    async (route) => {
      if (route.request().method() === 'GET') return route.continue();
      const response = await route.fetch();
      // The session has ended. The panel must not ask now: it would reload the page before the answer comes.
      await page.evaluate("document.dispatchEvent(new Event('visibilitychange'))");
      await delay(500);
      await route.fulfill({ response });
    },
    { times: 2 },
  );
  await page.getByRole('button', { name: 'Disconnect…' }).click();
  await page.getByRole('button', { name: 'Disconnect and erase' }).click();
  await page.getByRole('status').getByText('We couldn’t revoke access at Google.').waitFor();
  const advice = page.getByRole('link', { name: 'Remove access at Google' });
  expect(await advice.isVisible()).toBe(true);
  expect(await advice.getAttribute('href')).toBe('https://myaccount.google.com/connections');
  await screenshot(page, 'disconnected-unheard');
  // Done is done: there is nothing left to press.
  expect(await page.getByRole('button').count()).toBe(0);
  expect(await site.items('grants')).toEqual([]);
  await page.reload();
  await advice.waitFor();
});

it('runs no script but its own and loads nothing from elsewhere', async () => {
  const requested: string[] = [];
  page.on('request', (request) => requested.push(new URL(request.url()).origin));
  await page.goto(site.origin);
  await page.waitForLoadState('networkidle');
  expect(new Set(requested)).toEqual(new Set([site.origin]));
});

/** Lets the person of the page consent. */
async function connect(): Promise<void> {
  await page.goto(`${site.origin}/auth/login`);
  await page.getByRole('button', { name: 'Next' }).click();
  await page.getByRole('button', { name: 'Allow' }).click();
  await page.getByText('Signed in as ada@example.com').waitFor();
}
