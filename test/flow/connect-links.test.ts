import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { Browser } from '../support/browser.ts';
import { getAs, invite, problemOn } from '../support/callers.ts';
import { type Site, startSite } from '../support/site.ts';

const ada = 'ada@example.com';

let site: Site;

beforeAll(async () => {
  site = await startSite({ demoMessages: 3, signUp: 'links-only' });
});
afterAll(() => site.close());
beforeEach(() => site.forget());

/** Follows a link to its end. */
const follow = (link: string, browser: Browser) => site.consent(browser, { start: link, account: ada });

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

  it('is needed to connect a mailbox', async () => {
    const page = await site.consent(new Browser());
    expect([page.status, problemOn(page)]).toEqual([403, 'sign_up_closed']);
    expect(await site.items('grants')).toEqual([]);
  });

  it('works once its user has disconnected the mailbox from another owner', async () => {
    const browser = new Browser();
    await follow(await invite(site, 'acme'), browser);
    const link = await invite(site, 'globex');
    expect(problemOn(await follow(link, browser))).toBe('owner_mismatch');
    const headers = { 'sec-fetch-site': 'same-origin' };
    expect((await browser.fetch(`${site.origin}/mailbox`, { method: 'DELETE', headers })).status).toBe(202);
    expect((await follow(link, browser)).status).toBe(200);
    expect(await owners()).toEqual([{ email: ada, owner: 'globex' }]);
  });
});
