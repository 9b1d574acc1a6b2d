import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Browser } from '../support/browser.ts';
import { type Site, startSite } from '../support/site.ts';

const ada = 'ada@example.com';

let site: Site;
let browser: Browser;

beforeAll(async () => {
  site = await startSite({ demoMessages: 3 });
});
afterAll(() => site.close());
beforeEach(async () => {
  await site.forget();
  browser = await site.connected();
});
afterEach(() => site.admin('DELETE', '/faults'));

const disconnect = (from: Browser, headers = {}) =>
  from.fetch(`${site.origin}/mailbox`, { method: 'DELETE', headers });

const logins = async () => (await site.items('logins')).filter(({ id }) => String(id).startsWith('session#'));

describe('logging out', () => {
  it('ends the session and forgets the browser', async () => {
    const copy = browser.copy();
    const { status } = await browser.fetch(`${site.origin}/auth/logout`, { method: 'POST' });
    expect(status).toBe(204);
    expect(browser.cookie('localhost', 'session')).toBeUndefined();
    expect(await logins()).toEqual([]);
    expect((await copy.fetch(`${site.origin}/messages`)).status).toBe(401);
    expect(await site.items('grants')).toHaveLength(1);
  });
});

describe('disconnecting', () => {
  it('keeps the generation when the account consents again without it', async () => {
    const [before] = await site.items('grants');
    await site.consent(browser);
    const [after] = await site.items('grants');
    expect(after?.['generation']).toBe(before?.['generation']);
    expect(after?.['consentId']).not.toBe(before?.['consentId']);
  });

  it('erases all the same when the token key cannot be used', async () => {
    site.aws.failNext({ service: 'kms', action: 'Decrypt', failure: { error: 'DisabledException' } });
    const { status, text } = await disconnect(browser);
    expect([status, JSON.parse(text).revokedAtGoogle]).toEqual([202, false]);
    expect(await site.items('grants')).toEqual([]);
  });
});

describe('a request from elsewhere', () => {
  it('is refused with a kind of authorization that browsers add by themselves', async () => {
    const { status } = await browser.fetch(`${site.origin}/auth/logout`, {
      method: 'POST',
      headers: { 'sec-fetch-site': 'cross-site', authorization: 'Basic eDp5' },
    });
    expect(status).toBe(403);
    expect(await logins()).toHaveLength(1);
  });
});

describe('the status of the mailbox', () => {
  it('tells account, scopes and status', async () => {
    const { text } = await browser.fetch(`${site.origin}/mailbox`);
    expect(JSON.parse(text)).toEqual({
      account: { id: expect.stringMatching(/^\d+$/), email: ada },
      status: 'active',
      scopes: expect.arrayContaining(['openid', 'https://www.googleapis.com/auth/gmail.readonly']),
      connectedAt: expect.stringMatching(/^\d{4}-.*Z$/),
      sync: expect.objectContaining({ phase: 'backfill', copied: 0, percent: 0, failures: 0 }),
    });
  });
});
