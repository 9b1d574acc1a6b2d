import type { Browser, Page, Request } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { callbacksOf } from '../support/callbacks.ts';
import { launchChromium } from '../support/chromium.ts';
import { consent } from '../support/person.ts';
import { type Site, startSite } from '../support/site.ts';

let site: Site;
let hands: ReturnType<typeof callbacksOf>;
let chromium: Browser;
let page: Page;

const callbacks = '**/auth/callback?**';
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

it('ends signed in when the answer to the first visit was lost', async () => {
  await page.route(
    callbacks,
    async (route) => {
      // The site answers, and the browser never hears of it.
      const headers = await route.request().allHeaders();
      const answer = await fetch(route.request().url(), { headers, redirect: 'manual' });
      expect(answer.status).toBe(303);
      await route.abort();
    },
    { times: 1 },
  );
  const request = await callbackRequest();
  await page.waitForEvent('requestfailed');
  await page.goto(request.url());
  await signedIn();
  expect(page.url()).toBe(`${site.origin}/`);
  expect(await hands.tokenCalls()).toBe(1);
});

it('ends signed in when the first visit was given up while Google was asked', async () => {
  await site.admin('DELETE', '/faults');
  await site.fault('token', { delayMs: 2_000 }, 0);
  const request = await callbackRequest();
  const aborted = page.waitForEvent('requestfailed');
  await page.goto(request.url());
  expect((await aborted).url()).toBe(request.url());
  await signedIn();
  expect(await hands.tokenCalls()).toBe(1);
});
