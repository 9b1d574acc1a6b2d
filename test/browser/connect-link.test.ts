import axe from 'axe-core';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { invite } from '../support/callers.ts';
import { launchChromium, screenshot } from '../support/chromium.ts';
import { type Site, startSite } from '../support/site.ts';

let site: Site;
let chromium: Browser;
let page: Page;
const complaints: string[] = [];

beforeAll(async () => {
  [site, chromium] = await Promise.all([
    startSite({ demoMessages: 3, signUp: 'links-only' }),
    launchChromium(),
  ]);
  page = await chromium.newPage({ viewport: { width: 420, height: 800 } });
  // Such as that a form may not lead there.
  page.on('console', (message) => complaints.push(message.text()));
});
afterAll(async () => {
  await chromium.close();
  await site.close();
});

it('leads a person from a connect link to Google and back, once', async () => {
  const link = await invite(site, 'acme', { requester: 'Müller & <b>Söhne</b>', returnTo: '/mailbox' });
  await page.goto(link);
  await page.getByRole('heading', { name: 'Connect your Gmail' }).waitFor();
  await page.getByText('Müller & <b>Söhne</b> asks for lasting access').waitFor();
  await screenshot(page, 'connect-link');
  await page.getByRole('button', { name: 'Continue with Google' }).click();
  await page.getByRole('button', { name: 'Next' }).click();
  await page.getByRole('button', { name: 'Allow' }).click();
  await page.waitForURL(`${site.origin}/mailbox`);
  expect(await site.items('grants')).toMatchObject([{ email: 'ada@example.com', owner: 'acme' }]);
  expect(complaints).toEqual([]);

  await page.goto(link);
  await page.getByRole('heading', { name: 'This link no longer works' }).waitFor();
  await screenshot(page, 'used-link');
});

it('shows a page that everybody can use', async () => {
  await page.goto(await invite(site, 'acme', { email: 'ada@example.com' }));
  // As an expression: the page itself lets no foreign script in.
  const findings = await page.evaluate(
    `${axe.source}; axe.run().then(({ violations }) => violations.map(({ id }) => id))`,
  );
  expect(findings).toEqual([]);
});
