import type { Browser, Page, Request } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, expect, it, vi } from 'vitest';
import type { AwsCall } from '../../infra/local/environment.ts';
import { callbacksOf } from '../support/callbacks.ts';
import { launchChromium } from '../support/chromium.ts';
import { consent } from '../support/person.ts';
import { type Site, startSite } from '../support/site.ts';

let site: Site;
let hands: ReturnType<typeof callbacksOf>;
let chromium: Browser;
let page: Page;
/** Until then no consent can store its grant. */
let held: Promise<void> | undefined;
/** How often a callback looked up what became of a consent: only repeated ones do. */
let lookedUp = 0;

const callbacks = '**/auth/callback?**';
const waiting = { timeout: 30_000, interval: 50 };
const signedIn = () => page.getByText('Signed in as ada@example.com').waitFor();

beforeAll(async () => {
  const onAwsCall = ({ action, functionName, input }: AwsCall) => {
    if (functionName !== 'auth-callback') return undefined;
    if (action === 'GetItem' && JSON.stringify(input).includes('state#')) lookedUp += 1;
    return action === 'Encrypt' ? held : undefined;
  };
  [site, chromium] = await Promise.all([startSite({ demoMessages: 1, onAwsCall }), launchChromium()]);
  hands = callbacksOf(site);
});
afterAll(async () => {
  await chromium?.close();
  await site?.close();
});
beforeEach(async () => {
  held = undefined;
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
  const storing = Promise.withResolvers<void>();
  held = storing.promise;
  const request = await callbackRequest();
  // The browser gives the first visit up, and never hears of its answer.
  await page.goto('about:blank');
  storing.resolve();
  await vi.waitFor(async () => expect(await hands.sessions()).toHaveLength(1), waiting);
  await page.goto(request.url());
  await signedIn();
  expect(page.url()).toBe(`${site.origin}/`);
  expect(await hands.tokenCalls()).toBe(1);
});

it('ends signed in when the first visit was given up before the grant was stored', async () => {
  const storing = Promise.withResolvers<void>();
  held = storing.promise;
  const request = await callbackRequest();
  lookedUp = 0;
  const second = page.goto(request.url());
  // The second visit waits for the first.
  await vi.waitFor(() => expect(lookedUp).toBeGreaterThan(0), waiting);
  storing.resolve();
  await second;
  await signedIn();
  expect(await hands.tokenCalls()).toBe(1);
});
