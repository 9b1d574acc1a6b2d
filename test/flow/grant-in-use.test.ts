import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Browser } from '../support/browser.ts';
import { type Site, startSite } from '../support/site.ts';

const ada = 'ada@example.com';
const hour = 3_600_000;

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
afterEach(async () => {
  site.setClockOffset(0);
  await site.admin('DELETE', '/faults');
  await site.admin('PATCH', `/accounts/${ada}`, { domainPolicy: false });
});

async function list(query = '', from = browser) {
  const { status, text, headers } = await from.fetch(`${site.origin}/messages${query}`);
  return { status, headers, body: JSON.parse(text) };
}

async function fired(on: string): Promise<number> {
  const { faults } = (await site.admin('GET', '/faults')) as { faults: { on: string; fired: number }[] };
  return faults.filter((fault) => fault.on === on).reduce((sum, fault) => sum + fault.fired, 0);
}

const grant = async () => (await site.items('grants'))[0];
const count = (on: string) => site.fault(on, { delayMs: 0 }, 0);
/** The kept access token is no longer good for the functions’ clock: they must refresh. */
const letAccessTokenEnd = () => site.setClockOffset(hour);

describe('an access token', () => {
  it('is reused while it lasts, and renewed once when it ends', async () => {
    await count('token.refresh');
    await list();
    await list();
    expect(await fired('token.refresh')).toBe(0);
    letAccessTokenEnd();
    await list();
    await list();
    expect(await fired('token.refresh')).toBe(1);
  });

  it('is renewed once for simultaneous requests', async () => {
    await count('token.refresh');
    letAccessTokenEnd();
    const answers = await Promise.all(Array.from({ length: 8 }, () => list()));
    expect(answers.map(({ status }) => status)).toEqual(Array(8).fill(200));
    expect(await fired('token.refresh')).toBe(1);
  });

  it('that is refused although it is new means that Google is unavailable: the grant lives on', async () => {
    await site.fault('messages.list', { status: 401, body: { error: { code: 401, message: 'no' } } }, 0);
    const { status, headers, body } = await list();
    expect([status, body.code]).toEqual([503, 'google_unavailable']);
    expect(Number(headers.get('retry-after'))).toBeGreaterThan(0);
    expect(await fired('messages.list')).toBe(2);
    expect(await grant()).toMatchObject({ status: 'active' });
    await site.admin('DELETE', '/faults');
    expect((await list()).status).toBe(200);
  });
});

describe('a refresh', () => {
  beforeEach(letAccessTokenEnd);

  it.each([
    ['invalid_client', { status: 401, body: { error: 'invalid_client' } }, 503, 'misconfigured', 1],
    ['deleted_client', { status: 401, body: { error: 'deleted_client' } }, 503, 'misconfigured', 1],
  ])('that meets %s leaves the grant as it is', async (_, effect, status, code, tries) => {
    const before = await grant();
    await site.fault('token.refresh', effect, 0);
    const answer = await list();
    expect([answer.status, answer.body.code]).toEqual([status, code]);
    expect(await fired('token.refresh')).toBe(tries);
    expect(await grant()).toEqual(before);
    await site.admin('DELETE', '/faults');
    expect((await list()).status).toBe(200);
  });

  it('that Google refuses for the client is told to the operator', async () => {
    await site.fault('token.refresh', { status: 401, body: { error: 'invalid_client' } });
    await list();
    expect(site.logs).toContainEqual(
      expect.objectContaining({
        level: 'error',
        fields: expect.objectContaining({ event: 'google refused this site', googleError: 'invalid_client' }),
      }),
    );
  });
});

describe('a stored grant', () => {
  it('of another client leads to a new consent', async () => {
    await site.put('grants', { ...(await grant()), clientId: 'another.apps.googleusercontent.com' });
    const { status, body } = await list('?q=is:unread');
    expect([status, body.code]).toEqual([401, 'client_changed']);
    const page = await site.consent(browser, { start: body.authorizationUrl });
    expect([page.status, page.url]).toEqual([200, `${site.origin}/messages?q=is%3Aunread`]);
  });

  it('that lacks a scope leads to a new consent', async () => {
    await site.put('grants', { ...(await grant()), scopes: ['openid'] });
    const { status, body } = await list();
    expect([status, body.code]).toEqual([403, 'insufficient_scope']);
    expect((await site.consent(browser, { start: body.authorizationUrl })).status).toBe(200);
    expect((await list()).status).toBe(200);
  });
});

describe('what Gmail refuses', () => {
  const gmailError = (reason: string, message = 'no') => ({
    error: { code: 403, message, errors: [{ reason, domain: 'global', message }] },
  });

  it.each([
    ['scope', { status: 403, body: gmailError('insufficientPermissions') }, 403, 'insufficient_scope'],
    ['API not enabled', { status: 403, body: gmailError('accessNotConfigured') }, 503, 'misconfigured'],
  ])('for %s has its own code', async (_, effect, status, code) => {
    const before = await grant();
    await site.fault('messages.list', effect, 0);
    const answer = await list();
    expect([answer.status, answer.body.code]).toEqual([status, code]);
    if (status === 429) expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0);
    expect(await grant()).toEqual(before);
  });

  it('and only the operator can mend says in the log how', async () => {
    await site.fault('messages.list', { status: 403, body: gmailError('accessNotConfigured') });
    await list();
    expect(site.logs.at(-1)).toMatchObject({
      level: 'error',
      fields: { code: 'misconfigured', remedy: expect.stringContaining('enable the Gmail API') },
    });
  });

  it('really for an administrator’s policy', async () => {
    await site.admin('PATCH', `/accounts/${ada}`, { domainPolicy: true });
    expect((await list()).body.code).toBe('domain_policy');
  });

  it('passes on when to come back', async () => {
    await site.fault('messages.list', {
      status: 429,
      headers: { 'retry-after': '17' },
      body: gmailError('rateLimitExceeded'),
    });
    expect((await list()).headers.get('retry-after')).toBe('17');
    const inText = `Retry after ${new Date(Date.now() + 40_000).toISOString()}`;
    await site.fault('messages.list', { status: 403, body: gmailError('userRateLimitExceeded', inText) });
    expect(Number((await list()).headers.get('retry-after'))).toBeGreaterThan(30);
  });

  it('after a dropped connection or a 5xx is tried once more', async () => {
    await site.fault('messages.list', { reset: true });
    expect((await list()).status).toBe(200);
    await site.fault('messages.list', { status: 502 });
    expect((await list()).status).toBe(200);
  });
});

describe('labels', () => {
  it('can be asked for together', async () => {
    const truth = await site.truth(ada);
    const wanted = truth.filter(({ labelIds }) => labelIds.includes('INBOX') && labelIds.includes('UNREAD'));
    const { body } = await list('?labelIds=INBOX&labelIds=UNREAD&maxResults=500');
    expect(body.messages.map(({ id }: { id: string }) => id)).toEqual(wanted.map(({ id }) => id));
  });
});

describe('a message over 5.5 MB', () => {
  it('is message_too_large', async () => {
    const { ids } = (await site.admin('POST', `/accounts/${ada}/messages`, {
      subject: 'Large',
      text: 'x'.repeat(6_000_000),
    })) as { ids: string[] };
    const { status, text } = await browser.fetch(`${site.origin}/messages/${ids[0]}?format=raw`);
    expect([status, JSON.parse(text).code]).toEqual([413, 'message_too_large']);
    expect((await browser.fetch(`${site.origin}/messages/${ids[0]}?format=metadata`)).status).toBe(200);
    await site.admin('DELETE', `/accounts/${ada}/messages/${ids[0]}`);
  });
});

describe('a session', () => {
  it('that is used every 20 days lasts 180 days, and no longer', async () => {
    // No call of Google’s: its tokens follow the real clock.
    for (const days of [20, 40, 60, 80, 100, 120, 140, 160, 179]) {
      site.setClockOffset(days * 24 * hour);
      expect((await browser.fetch(`${site.origin}/mailbox`)).status).toBe(200);
    }
    site.setClockOffset(180 * 24 * hour);
    expect((await browser.fetch(`${site.origin}/mailbox`)).status).toBe(401);
  });
});
