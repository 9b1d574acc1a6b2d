import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { launchChromium } from '../support/chromium.ts';
import { connect } from '../support/person.ts';
import { type Site, startSite } from '../support/site.ts';

let site: Site;
let chromium: Browser;
let page: Page;
const complaints: string[] = [];

beforeAll(async () => {
  [site, chromium] = await Promise.all([startSite({ demoMessages: 1 }), launchChromium()]);
});
afterAll(async () => {
  await chromium?.close();
  await site?.close();
});
beforeEach(async () => {
  const context = await chromium.newContext();
  page = await context.newPage();
  complaints.length = 0;
  page.on('pageerror', (error) => complaints.push(error.message));
  await connect(page, site.origin);
  return () => context.close();
});

async function openHtml(html: string): Promise<void> {
  const payload = { mimeType: 'text/html', body: { size: 1, data: Buffer.from(html).toString('base64url') } };
  await page.route('**/messages/made?*', (route) =>
    route.fulfill({ json: { id: 'made', threadId: 'made', internalDate: '0', payload } }),
  );
  await page.goto(`${site.origin}/?message=made`);
  await page.getByRole('article').waitFor({ timeout: 10_000 });
}

it.each(['childNodes', 'tagName', 'getAttribute', 'hasAttribute', 'nodeType', 'textContent', 'firstChild'])(
  'shows a mail whose form has a field named %s',
  async (name) => {
    await openHtml(`<p>Before</p><form><input name="${name}"><p>Within</p></form><p>After</p>`);
    for (const words of ['Before', 'Within', 'After']) await page.getByText(words, { exact: true }).waitFor();
    expect(complaints).toEqual([]);
  },
);

it('shows a mail with a picture named body', async () => {
  await openHtml('<p>Before</p><img name="body"><form name="body"></form><p>After</p>');
  await page.getByText('After').waitFor();
});

it('is not led in circles by the fields of a form', async () => {
  const circle = '<fieldset name="childNodes" form="f">'.repeat(2);
  await openHtml(`${circle}<form id="f"></form></fieldset></fieldset><p>After</p>`);
  await page.getByText('After').waitFor();
});

it.each(['<div>', '<b>', '<p>x', '<table><td>', '<svg>', '<!--', '<'])(
  'shows a mail of a million times %s soon',
  async (piece) => {
    await openHtml(`<p>Before</p>${piece.repeat(1_000_000 / piece.length)}`);
    await page.getByText('Before').waitFor();
  },
);

it('shows the oldest words of a long conversation', async () => {
  await openHtml(`${'<blockquote>'.repeat(300)}Dear Ada`);
  await page.getByText('Dear Ada').waitFor();
});
