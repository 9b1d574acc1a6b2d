import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { Browser } from '../support/browser.ts';
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

  it('does no harm when nobody is signed in', async () => {
    const { status } = await new Browser().fetch(`${site.origin}/auth/logout`, { method: 'POST' });
    expect(status).toBe(204);
  });
});

describe('disconnecting', () => {
  it('revokes at Google and erases the grant and every session of the account', async () => {
    const other = await site.connected();
    const { status, text } = await disconnect(browser);
    expect([status, JSON.parse(text)]).toEqual([202, { status: 'disconnected', revokedAtGoogle: true }]);
    expect(await site.items('grants')).toEqual([]);
    expect(await logins()).toEqual([]);
    expect((await other.fetch(`${site.origin}/messages`)).status).toBe(401);
  });

  it('begins a new generation when the account consents again', async () => {
    const [before] = await site.items('grants');
    await disconnect(browser);
    await site.consent(browser);
    const [after] = await site.items('grants');
    expect(after?.['generation']).not.toBe(before?.['generation']);
  });

  it('keeps the generation when the account consents again without it', async () => {
    const [before] = await site.items('grants');
    await site.consent(browser);
    const [after] = await site.items('grants');
    expect(after?.['generation']).toBe(before?.['generation']);
    expect(after?.['consentId']).not.toBe(before?.['consentId']);
  });

  it.each([
    ['is down', { status: 503 }],
    ['drops the connection', { reset: true }],
    ['does not answer', { hang: true }],
  ])('erases all the same when Google %s, and says so', async (_, effect) => {
    await site.fault('revoke', effect, 0);
    const { status, text } = await disconnect(browser);
    expect(status).toBe(202);
    expect(JSON.parse(text)).toMatchObject({
      revokedAtGoogle: false,
      detail: expect.stringContaining('couldn’t revoke access at Google'),
      removeAccessAt: 'https://myaccount.google.com/connections',
    });
    expect(await site.items('grants')).toEqual([]);
    expect(await logins()).toEqual([]);
  });

  it('erases all the same when the token key cannot be used', async () => {
    site.aws.failNext({ service: 'kms', action: 'Decrypt', failure: { error: 'DisabledException' } });
    const { status, text } = await disconnect(browser);
    expect([status, JSON.parse(text).revokedAtGoogle]).toEqual([202, false]);
    expect(await site.items('grants')).toEqual([]);
  });

  it('is revoked already when Google knows the token no more', async () => {
    await site.admin('POST', `/accounts/${ada}/revoke`);
    expect(JSON.parse((await disconnect(browser)).text).revokedAtGoogle).toBe(true);
  });

  it('goes on where an earlier one was cut off', async () => {
    const [grant] = await site.items('grants');
    await site.put('grants', { ...grant, status: 'disconnecting' });
    expect((await browser.fetch(`${site.origin}/messages`)).status).toBe(401);
    expect((await disconnect(browser)).status).toBe(202);
    expect(await site.items('grants')).toEqual([]);
  });

  it('needs somebody who is signed in', async () => {
    const { status, text } = await disconnect(new Browser());
    expect([status, JSON.parse(text).code]).toEqual([401, 'login_required']);
  });
});

describe('a request from elsewhere', () => {
  const elsewhere = [
    { 'sec-fetch-site': 'cross-site' },
    { 'sec-fetch-site': 'same-site' },
    { 'sec-fetch-site': 'none' },
    { 'sec-fetch-site': '' },
    { 'sec-fetch-site': 'cross-site', origin: 'ours' },
  ];

  it.each(elsewhere)('is refused with %o', async (given) => {
    const headers = { ...given, ...(given.origin && { origin: site.origin }) };
    for (const [method, path] of [
      ['DELETE', '/mailbox'],
      ['POST', '/auth/logout'],
    ]) {
      const { status, text } = await browser.fetch(`${site.origin}${path}`, {
        method: method ?? '',
        headers,
      });
      expect([status, JSON.parse(text).code]).toEqual([403, 'cross_site']);
    }
    expect(await logins()).toHaveLength(1);
  });

  it('is refused with a kind of authorization that browsers add by themselves', async () => {
    const { status } = await browser.fetch(`${site.origin}/auth/logout`, {
      method: 'POST',
      headers: { 'sec-fetch-site': 'cross-site', authorization: 'Basic eDp5' },
    });
    expect(status).toBe(403);
    expect(await logins()).toHaveLength(1);
  });

  it('is refused without a word of where it comes from', async () => {
    const cookie = `session=${browser.cookie('localhost', 'session')}`;
    const response = await fetch(`${site.origin}/auth/logout`, {
      method: 'POST',
      headers: { cookie, 'sec-fetch-mode': 'navigate' },
    });
    expect(response.status).toBe(403);
  });

  it('may change things with a Bearer token, which no browser adds by itself', async () => {
    const headers = {
      authorization: `Bearer ${browser.cookie('localhost', 'session')}`,
      'sec-fetch-site': 'cross-site',
    };
    expect((await disconnect(new Browser(), headers)).status).toBe(202);
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

  it('tells a revoked grant and where to consent again', async () => {
    const [grant] = await site.items('grants');
    await site.put('grants', { ...grant, status: 'revoked' });
    const { status, text } = await browser.fetch(`${site.origin}/mailbox`);
    expect(status).toBe(200);
    expect(JSON.parse(text)).toMatchObject({
      status: 'revoked',
      authorizationUrl: `${site.origin}/auth/login`,
    });
  });
});
