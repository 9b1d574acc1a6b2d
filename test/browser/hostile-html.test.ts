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
  page = await chromium.newPage();
  page.on('pageerror', (error) => complaints.push(error.message));
  await connect(page, site.origin);
});
afterAll(async () => {
  await chromium?.close();
  await site?.close();
});
beforeEach(() => {
  complaints.length = 0;
});

const openHtml = (html: string) =>
  openPayload({ mimeType: 'text/html', body: { size: 1, data: Buffer.from(html).toString('base64url') } });

async function openPayload(payload: object): Promise<void> {
  await page.route('**/messages/made?*', (route) =>
    route.fulfill({ json: { id: 'made', threadId: 'made', internalDate: '0', payload } }),
  );
  await page.goto(`${site.origin}/?message=made`);
  await page.getByRole('article').waitFor();
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

it('names the site of a link whose words name another', async () => {
  await openHtml(
    '<a href="https://evil.example/in">https://bank.example/login</a> <a href="https://www.bank.example/x">bank.example/x</a> <a href="https://evil.example">Sign in</a>',
  );
  expect(await page.getByRole('article').getByRole('link').allTextContents()).toEqual([
    'https://bank.example/login (evil.example)',
    'bank.example/x',
    'Sign in',
  ]);
});

it('shows names in the order of their characters, whatever directions they hold', async () => {
  const headers = [{ name: 'From', value: 'Bank \u202Emoc.live\u202C <a@evil.example>' }];
  const body = { size: 9, attachmentId: 'a' };
  const parts = [{ mimeType: 'application/pdf', filename: 'invoice\u202Efdp.exe', body }];
  await openPayload({ mimeType: 'multipart/mixed', headers, body: { size: 0 }, parts });
  const text = await page.getByRole('article').textContent();
  expect(text).toContain('Bank moc.live');
  expect(text).toContain('invoicefdp.exe');
});

it('shows a text of 40,000 addresses', async () => {
  const data = Buffer.from('https://a.example/ '.repeat(40_000)).toString('base64url');
  await openPayload({ mimeType: 'text/plain', body: { size: 1, data } });
  expect(await page.getByRole('article').getByRole('link').count()).toBe(1_000);
  expect(complaints).toEqual([]);
});
