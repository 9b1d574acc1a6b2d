import type { Browser, Page, Request } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, expect, it, vi } from 'vitest';
import { callbacksOf } from '../support/callbacks.ts';
import { launchChromium } from '../support/chromium.ts';
import { consent } from '../support/person.ts';
import { type Site, startSite } from '../support/site.ts';

let site: Site;
let hands: ReturnType<typeof callbacksOf>;
let chromium: Browser;
let page: Page;

const callbacks = '**/auth/callback?**';
const waiting = { timeout: 60_000, interval: 50 };
const signedIn = () => page.getByText('Signed in as ada@example.com').waitFor();

beforeAll(async () => {
  [site, chromium] = await Promise.all([startSite({ demoMessages: 1 }), launchChromium()]);
  hands = callbacksOf(site);
});
afterAll(async () => {
  await chromium?.close();
  await site?.close();
});
beforeEach(async () => {
  await site.forget();
  await hands.countTokenCalls();
  page = await (await chromium.newContext()).newPage();
  return () => page.context().close();
});

/** A person consents at Google; gives the browser's request of the callback, as soon as it is made. */
async function callbackRequest(): Promise<Request> {
  await page.goto(`${site.origin}/auth/login`);
  const request = page.waitForRequest(callbacks);
  await consent(page);
  return request;
}

it('goes on to the mailbox when a person opens the callback once more', async () => {
  const url = (await callbackRequest()).url();
  await signedIn();
  await page.goto(url);
  await signedIn();
  expect(page.url()).toBe(`${site.origin}/`);
  expect([await hands.tokenCalls(), (await hands.sessions()).length]).toEqual([1, 1]);
});

/** Google takes its time over the code: a visit can be given up meanwhile. */
async function slowCallback(): Promise<string> {
  await site.admin('DELETE', '/faults');
  await site.fault('token', { delayMs: 3_000 }, 0);
  return (await callbackRequest()).url();
}

it('ends signed in when the answer to the first visit was lost', async () => {
  const callback = await slowCallback();
  await page.goto('about:blank');
  await vi.waitFor(async () => expect(await hands.sessions()).toHaveLength(1), waiting);
  await page.goto(callback);
  await signedIn();
  expect(page.url()).toBe(`${site.origin}/`);
  expect(await hands.tokenCalls()).toBe(1);
});

it('ends signed in when the first visit was given up while Google was asked', async () => {
  await page.goto(await slowCallback());
  await signedIn();
  expect(await hands.tokenCalls()).toBe(1);
});
