import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import type { Browser } from '../support/browser.ts';
import { type Site, startSite } from '../support/site.ts';

const messages = '/accounts/ada@example.com/messages';

let site: Site;
let browser: Browser;

beforeAll(async () => {
  site = await startSite({ demoMessages: 12 });
});
afterAll(() => site.close());
beforeEach(async () => {
  await site.forget();
  browser = await site.connected();
});

it('a grant of another client leads to a new consent', async () => {
  const [grant] = await site.items('grants');
  await site.put('grants', { ...grant, clientId: 'another.apps.googleusercontent.com' });
  const { status, text } = await browser.fetch(`${site.origin}/messages?q=is:unread`);
  const { code, authorizationUrl } = JSON.parse(text);
  expect([status, code]).toEqual([401, 'client_changed']);
  const page = await site.consent(browser, { start: authorizationUrl });
  expect([page.status, page.url]).toEqual([200, `${site.origin}/messages?q=is%3Aunread`]);
});

it('a message over 5.5 MB is message_too_large, and its headers can be read', async () => {
  const message = { subject: 'Large', text: 'x'.repeat(6_000_000) };
  const { ids } = (await site.admin('POST', messages, message)) as { ids: string[] };
  const { status, text } = await browser.fetch(`${site.origin}/messages/${ids[0]}?format=raw`);
  expect([status, JSON.parse(text).code]).toEqual([413, 'message_too_large']);
  expect((await browser.fetch(`${site.origin}/messages/${ids[0]}?format=metadata`)).status).toBe(200);
});
