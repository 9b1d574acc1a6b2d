import type { Server } from 'node:http';
import type { Browser, Page } from 'playwright-core';
import * as v from 'valibot';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { startForeignWebApp } from '../integrations/foreign-web-app.ts';
import { startPopUpWebApp } from '../integrations/pop-up-web-app.ts';
import { launchChromium, screenshot } from '../support/chromium.ts';
import { freePort } from '../support/free-port.ts';
import { type Site, startSite } from '../support/site.ts';

const ada = 'ada@example.com';

let site: Site;
let chromium: Browser;
let apps: Server[];

const ports = { foreign: await freePort(), popUp: await freePort(), strange: await freePort() };
/** On 127.0.0.1, while we are on localhost: to the browser every request to us is cross-site. */
const originOf = (port: number) => `http://127.0.0.1:${port}`;
const foreignApp = originOf(ports.foreign);
const popUpApp = originOf(ports.popUp);
/** The first application once more, where nobody allowed it. */
const strangeApp = originOf(ports.strange);

beforeAll(async () => {
  [site, chromium] = await Promise.all([
    startSite({
      demoMessages: 8,
      sync: true,
      syncIntervalSeconds: 1,
      allowedReturnOrigins: `${foreignApp} ${popUpApp}`,
    }),
    launchChromium(),
  ]);
  apps = await Promise.all([
    startForeignWebApp(site.origin, ports.foreign),
    startPopUpWebApp(site.origin, ports.popUp),
    startForeignWebApp(site.origin, ports.strange),
  ]);
});
afterAll(async () => {
  await chromium?.close();
  for (const app of apps ?? []) app.close();
  await site?.close();
});

let page: Page;
beforeEach(async () => {
  // Each test is another person's browser.
  const context = await chromium.newContext({ viewport: { width: 420, height: 800 } });
  page = await context.newPage();
  return () => context.close();
});

const signIn = { name: 'Sign in with Google' };

/** A person continues to the application. */
const goOn = (asked: Page) => asked.getByRole('button', { name: 'Continue with Google' }).click();

/** A person continues to the application, and says yes at Google. */
async function consent(google: Page): Promise<void> {
  await goOn(google);
  await google.getByRole('button', { name: 'Next' }).click();
  await google.getByRole('button', { name: 'Allow' }).click();
}

const mailbox = v.object({ messages: v.array(v.object({ subject: v.string() })) });

/** The subjects of an account's mail, newest first. */
async function subjectsOf(email: string): Promise<string[]> {
  const answer = await site.admin('GET', `/accounts/${email}/messages?includeSpamTrash=false`);
  return v.parse(mailbox, answer).messages.map(({ subject }) => subject);
}

describe('a web application on another origin', () => {
  it('signs a person in, lists mail, and is told of a new message', async () => {
    await page.goto(foreignApp);
    await page.getByRole('button', signIn).click();
    await consent(page);
    await page.getByText(`Signed in as ${ada}`).waitFor();
    expect(page.url()).toBe(`${foreignApp}/`);

    const list = page.getByRole('listitem');
    await list.nth(4).waitFor();
    expect(await list.allTextContents()).toEqual((await subjectsOf(ada)).slice(0, 5));

    const subject = 'Told across origins';
    await site.admin('POST', `/accounts/${ada}/messages`, { subject });
    await page.getByText(subject).waitFor();
    expect(await list.allTextContents()).toEqual((await subjectsOf(ada)).slice(0, 5));
    await screenshot(page, 'foreign-app');
  });

  it('learns that the person said no', async () => {
    await page.goto(foreignApp);
    await page.getByRole('button', signIn).click();
    await goOn(page);
    await page.getByRole('button', { name: 'Next' }).click();
    await page.getByRole('button', { name: 'Deny' }).click();
    await page.getByText('Not signed in: access_denied').waitFor();
    expect(new URL(page.url()).origin).toBe(foreignApp);
  });

  it('is asked about once: from then on it leads to Google at once, and a link elsewhere does not', async () => {
    await page.goto(foreignApp);
    await page.getByRole('button', signIn).click();
    await page.getByRole('heading', { name: `Continue to ${foreignApp}?` }).waitFor();
    await screenshot(page, 'continue-to');
    const asked = page.url();
    await consent(page);
    await page.getByText(`Signed in as ${ada}`).waitFor();
    await page.getByRole('button', signIn).click();
    await page.getByRole('button', { name: 'Next' }).waitFor();
    await page.goto(asked);
    await page.getByRole('heading', { name: `Continue to ${foreignApp}?` }).waitFor();
  });

  it('is given no cookie, and leaves no session in the person’s browser', async () => {
    await page.goto(foreignApp);
    await page.getByRole('button', signIn).click();
    await consent(page);
    await page.getByText(`Signed in as ${ada}`).waitFor();
    const cookies = await page.context().cookies(site.origin);
    expect(cookies.map(({ name }) => name)).not.toContain('session');
    await page.goto(site.origin);
    await page.getByRole('link', { name: 'Connect Gmail' }).waitFor();
  });

  it('cannot use its handoff again from the address that the browser remembers', async () => {
    const seen: string[] = [];
    page.on('request', (request) => seen.push(request.url()));
    await page.goto(foreignApp);
    await page.getByRole('button', signIn).click();
    await consent(page);
    await page.getByText(`Signed in as ${ada}`).waitFor();
    const address = seen.find((url) => url.includes('handoff='));
    const failure = page.waitForEvent('pageerror');
    await page.goto(address ?? '');
    expect((await failure).message).toContain('A handoff works once');
  });

  it('gets nothing when its origin is not on the list', async () => {
    await page.goto(strangeApp);
    await page.getByRole('button', signIn).click();
    await page.waitForURL(`${site.origin}/auth/login?**`);
    expect(await page.getByRole('button').count()).toBe(0);
    await page.goto(strangeApp);
    const asked = page.evaluate(
      async (url) => {
        await fetch(url);
      },
      `${site.origin}/auth/url?purpose=code&code_challenge=${'a'.repeat(43)}`,
    );
    await expect(asked).rejects.toThrow('Failed to fetch');
  });
});

describe('a web application with a pop-up', () => {
  it('signs a person in by a pop-up, and lists mail', async () => {
    await page.goto(popUpApp);
    const opened = page.waitForEvent('popup');
    await page.getByRole('button', signIn).click();
    const popUp = await opened;
    const closed = popUp.waitForEvent('close');
    await consent(popUp);
    await closed;
    await page.getByText(`${ada}: 5 messages`).waitFor();
    expect(page.url()).toBe(`${popUpApp}/`);
  });

  it('learns that the person said no', async () => {
    await page.goto(popUpApp);
    const opened = page.waitForEvent('popup');
    await page.getByRole('button', signIn).click();
    const failure = page.waitForEvent('pageerror');
    const popUp = await opened;
    await goOn(popUp);
    await popUp.getByRole('button', { name: 'Next' }).click();
    await popUp.getByRole('button', { name: 'Deny' }).click();
    expect((await failure).message).toContain('access_denied');
  });
});
