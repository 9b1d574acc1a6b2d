import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { Browser } from '../support/browser.ts';
import { getAs, invite, problemOn } from '../support/callers.ts';
import { type Site, startSite } from '../support/site.ts';

const ada = 'ada@example.com';
const grace = 'grace@example.com';
const app = 'https://app.example.com';

let site: Site;

beforeAll(async () => {
  site = await startSite({ demoMessages: 3, allowedReturnOrigins: app, signUp: 'links-only' });
});
afterAll(() => site.close());
beforeEach(() => site.forget());
afterEach(() => site.setClockOffset(0));

/** A person follows a link to its end, in a browser of their own unless one is given. */
const follow = (link: string, browser = new Browser(), account = ada) =>
  site.consent(browser, { start: link, account, stopBefore: app });

/** Presses the button of a link's page. */
function press(link: string, browser: Browser, headers: Readonly<Record<string, string>> = {}) {
  const body = new URLSearchParams({ link: new URL(link).searchParams.get('link') ?? '' });
  return browser.open(`${site.origin}/connect`, {
    ...{ method: 'POST', body, stay: true },
    headers: { 'sec-fetch-site': 'same-origin', ...headers },
  });
}

const owners = async () => (await site.items('grants')).map(({ email, owner }) => ({ email, owner }));

describe('a connect link', () => {
  it('connects a mailbox for its owner', async () => {
    const browser = new Browser();
    const page = await follow(await invite(site, 'acme'), browser);
    expect(page.status).toBe(200);
    expect(await owners()).toEqual([{ email: ada, owner: 'acme' }]);
    const mail = await getAs(site, browser.cookie('localhost', 'session'), '/messages');
    expect(mail.status).toBe(200);
  });

  it('lets nobody in without it', async () => {
    const page = await site.consent(new Browser());
    expect([page.status, problemOn(page)]).toEqual([403, 'sign_up_closed']);
    expect(await site.items('grants')).toEqual([]);
  });

  it('works once, in whichever browser', async () => {
    const link = await invite(site, 'acme');
    const browser = new Browser();
    await follow(link, browser);
    for (const again of [browser, browser.copy(), new Browser()]) {
      expect((await again.open(link)).status).toBe(400);
      expect((await press(link, again)).status).toBe(400);
    }
  });

  it('survives those who only open it', async () => {
    const link = await invite(site, 'acme');
    for (let opened = 0; opened < 3; opened++) {
      expect((await new Browser().open(link)).status).toBe(200);
      await fetch(link, { method: 'HEAD' });
    }
    expect((await follow(link)).status).toBe(200);
  });

  it('is used up by one of two consents that end at the same moment', async () => {
    const link = await invite(site, 'acme');
    const browser = new Browser();
    const [one, other] = [
      await site.consent(browser, { start: link, account: ada, stopBeforeCallback: true }),
      await site.consent(browser, { start: link, account: grace, stopBeforeCallback: true }),
    ];
    const ends = await Promise.all(
      [one, other].map((page) => browser.copy().open(page.headers.get('location') ?? '')),
    );
    expect(ends.map(({ status }) => status).sort()).toEqual([200, 400]);
    expect(await site.items('grants')).toHaveLength(1);
  });

  it.each([
    ['address', async () => ({ email: ada.toUpperCase() })],
    ['account', async () => ({ accountId: await subOf(ada) })],
  ])('for one %s refuses every other, and stays usable', async (_, order) => {
    const link = await invite(site, 'acme', await order());
    const browser = new Browser();
    await browser.open(link);
    const toGoogle = new URL((await press(link, browser)).headers.get('location') ?? '');
    // Google suggests the account, and its user chooses another.
    toGoogle.searchParams.delete('login_hint');
    const refused = await site.consent(browser, { start: toGoogle.href, account: grace });
    expect([refused.status, problemOn(refused)]).toEqual([403, 'account_mismatch']);
    expect(await site.items('grants')).toEqual([]);
    expect((await follow(link, browser)).status).toBe(200);
    expect(await owners()).toEqual([{ email: ada, owner: 'acme' }]);
  });

  it('for an address refuses one that nobody has verified', async () => {
    await site.admin('PATCH', `/accounts/${ada}`, { emailVerified: false });
    const refused = await follow(await invite(site, 'acme', { email: ada }));
    await site.admin('PATCH', `/accounts/${ada}`, { emailVerified: true });
    expect([refused.status, problemOn(refused)]).toEqual([403, 'account_mismatch']);
  });

  it('stays usable when a fault of ours kept the grant from being stored', async () => {
    const link = await invite(site, 'acme');
    const browser = new Browser();
    const page = await site.consent(browser, { start: link, stopBeforeCallback: true });
    site.aws.failNext({ service: 'dynamodb', action: 'PutItem', failure: { error: 'ValidationException' } });
    expect((await browser.open(page.headers.get('location') ?? '')).status).toBeGreaterThanOrEqual(500);
    expect(await site.items('grants')).toEqual([]);
    expect((await new Browser().open(link)).status).toBe(400);
    expect((await follow(link, browser)).status).toBe(200);
  });

  it('goes on where its person, as told, disconnects the mailbox from its other owner first', async () => {
    const browser = new Browser();
    await follow(await invite(site, 'acme'), browser);
    const link = await invite(site, 'globex');
    expect(problemOn(await follow(link, browser))).toBe('owner_mismatch');
    const headers = { 'sec-fetch-site': 'same-origin' };
    expect((await browser.fetch(`${site.origin}/mailbox`, { method: 'DELETE', headers })).status).toBe(202);
    expect((await follow(link, browser)).status).toBe(200);
    expect(await owners()).toEqual([{ email: ada, owner: 'globex' }]);
  });

  it('leads back to an application elsewhere, and takes nothing there', async () => {
    const link = await invite(site, 'acme', { returnTo: `${app}/done?case=7` });
    const page = await follow(link);
    expect(page.headers.get('location')).toBe(`${app}/done?case=7`);
  });
});

async function subOf(email: string): Promise<string> {
  const account = await site.admin('GET', `/accounts/${email}`);
  return String(Object(account).sub);
}
