import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { launchChromium, screenshot } from '../support/chromium.ts';
import { connect, rowsOf } from '../support/person.ts';
import { type Site, startSite } from '../support/site.ts';

const evil = 'https://evil.example';
const run = 'window.ran = true';

/** Markup and script wherever a sender can put some. */
const hostile = {
  subject: `<img src="${evil}/subject.png" onerror="${run}">"><script>${run}</script>`,
  from: `"<script>${run}</script><b>Eve</b>" <eve@evil.example>`,
  text: `<script>${run}</script><img src="${evil}/text.png" onerror="${run}">\njavascript:${run}\n${evil}/plain?"onmouseover="${run}`,
};

const hostileHtml = `<html><head><base href="${evil}/"><meta http-equiv="refresh" content="0;url=${evil}/refresh">
<link rel="stylesheet" href="${evil}/style.css"><style>@import "${evil}/import.css"; body { background: url(${evil}/css.png) }</style>
<script>${run}</script></head><body background="${evil}/body.png" onload="${run}" style="background: url(${evil}/inline.png)">
<p onclick="${run}" id="results" class="button">Read me</p><img src="${evil}/open.gif" alt="A picture" srcset="${evil}/set.png 2x" onerror="${run}">
<svg onload="${run}"><script>${run}</script><image href="${evil}/svg.png"/></svg><math><mtext><script>${run}</script></mtext></math>
<iframe src="${evil}/frame" srcdoc="<script>${run}</script>"></iframe><object data="${evil}/object"></object><embed src="${evil}/embed">
<video src="${evil}/video" autoplay></video><audio src="${evil}/audio" autoplay></audio><form action="${evil}/form"><input name="q" autofocus onfocus="${run}"><button>Send</button></form>
<a href="javascript:${run}">script link</a> <a href="data:text/html,<script>${run}</script>">data link</a> <a href="/?source=copy" ping="${evil}/ping">own link</a>
<a href="${evil}/web" target="_self" onclick="${run}">web link</a><noscript><img src="${evil}/noscript.png"></noscript><template><img src="${evil}/template.png"></template>
<div style="display:none">Nobody is to see this</div></body></html>`;

let site: Site;
let chromium: Browser;
let page: Page;
const requested: string[] = [];
const complaints: string[] = [];

beforeAll(async () => {
  [site, chromium] = await Promise.all([startSite({ demoMessages: 1 }), launchChromium()]);
  const add = (message: object) => site.admin('POST', '/accounts/ada@example.com/messages', message);
  await add({ ...hostile, labelIds: ['INBOX', 'UNREAD', 'STARRED'] });
  await add({ subject: 'Only HTML', text: '', html: hostileHtml });
  page = await chromium.newPage({ viewport: { width: 390, height: 844 } });
  await connect(page, site.origin);
  page.on('request', (request) => requested.push(request.url()));
  page.on('dialog', (dialog) => complaints.push(dialog.message()));
  page.on('pageerror', (error) => complaints.push(error.message));
});
afterAll(async () => {
  await chromium?.close();
  await site?.close();
});

/** Nothing ran, nothing was fetched from elsewhere, and what the policy would have had to stop was not even tried. */
async function expectHarmless(): Promise<void> {
  await page.waitForLoadState('networkidle');
  expect(await page.evaluate('window.ran')).toBeUndefined();
  expect(new Set(requested.map((url) => new URL(url).origin))).toEqual(new Set([site.origin]));
  expect(complaints).toEqual([]);
}

it('shows what others wrote as text in the list', async () => {
  await page.reload();
  const row = rowsOf(page)
    .filter({ hasText: 'eve' })
    .or(rowsOf(page).filter({ hasText: 'Eve' }))
    .first();
  await row.waitFor();
  expect(await row.locator('.subject').textContent()).toBe(hostile.subject);
  expect(await row.locator('.from').textContent()).toContain(`<script>${run}</script><b>Eve</b>`);
  expect(await row.locator('.snippet').textContent()).toContain(`<script>${run}</script>`);
  expect(await row.locator('script, img, b').count()).toBe(0);
  await screenshot(page, 'hostile-list');
  await expectHarmless();
});

it('shows a plain text as text, and makes links of web addresses only', async () => {
  await rowsOf(page).filter({ hasText: 'Eve' }).click();
  await page.getByRole('article').waitFor();
  expect(await page.locator('#subject').textContent()).toBe(hostile.subject);
  expect(await page.locator('.text').textContent()).toBe(hostile.text);
  const links = page.locator('.text a');
  expect(await links.evaluateAll((all) => all.map((link) => link.getAttribute('href')))).toEqual([
    `${evil}/text.png`,
    `${evil}/plain?`.slice(0, -1),
  ]);
  expect(await page.locator('article').locator('script, img, iframe').count()).toBe(0);
  await screenshot(page, 'hostile-text');
  await expectHarmless();
});

it('leaves of HTML nothing but text, plain elements and links that open apart', async () => {
  await page.goBack();
  await rowsOf(page).filter({ hasText: 'Only HTML' }).click();
  await page.getByText('Read me').waitFor();
  const text = page.locator('.text');
  const markup = await text.evaluateAll((all) => all.map((element) => element.innerHTML).join(''));
  const tags = [...markup.matchAll(/<([a-z]\w*)([^>]*)>/g)];
  expect(new Set(tags.map(([, name]) => name))).toEqual(new Set(['p', 'span', 'a']));
  const attributes = tags.filter(([, name]) => name !== 'a').map(([, , given = '']) => given.trim());
  expect(new Set(attributes)).toEqual(new Set(['', 'class="quiet"']));
  const links = text.locator('a');
  expect(await links.evaluateAll((all) => all.map((link) => link.outerHTML))).toEqual([
    `<a href="${evil}/web" target="_blank" rel="noopener noreferrer nofollow">web link</a>`,
  ]);
  expect(await text.textContent()).toContain('[A picture]');
  expect(await text.textContent()).not.toContain('Nobody is to see this');
  expect(await text.textContent()).not.toContain(run);
  expect(await text.locator('.button').count()).toBe(0);
  await screenshot(page, 'hostile-html');
  await expectHarmless();
});
