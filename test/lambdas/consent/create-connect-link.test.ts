import { describe, expect, test } from 'vitest';
import { createConnectLinkRoute } from '../../../lambdas/consent/create-connect-link.ts';
import { isToken } from '../../../lambdas/http/cookies.ts';
import { createHandler } from '../../../lambdas/http/handler.ts';
import { hashOf } from '../../../lambdas/secrets.ts';
import { ask, backendRole, jsonOf, type TestRequest } from '../../support/api-event.ts';
import { testClock, testStart } from '../../support/doubles/clock.ts';
import { memoryConnectLinks } from '../../support/doubles/memory-connect-links.ts';
import { recordingLog } from '../../support/doubles/recording-log.ts';

const origin = 'https://mail.example.com';
const day = 86_400_000;

function build({ now = testStart } = {}) {
  const links = memoryConnectLinks();
  const log = recordingLog();
  const handler = createHandler(
    createConnectLinkRoute({
      links,
      origin,
      allowedReturnOrigins: ['https://app.example.com', 'com.example.app:'],
      clock: testClock(now),
    }),
    { origin, log },
  );
  const send = (request: TestRequest) => ask(handler, 'POST /accounts/connect-links', request);
  const order = (body: unknown, request: TestRequest = {}) =>
    send({
      headers: { 'content-type': 'application/json' },
      signedBy: backendRole,
      body: JSON.stringify(body),
      ...request,
    });
  const onlyLink = () => {
    const [link, ...others] = links.rows.values();
    if (link === undefined || others.length > 0) throw new Error('Not exactly one link was made.');
    return link;
  };
  return { links, log, send, order, onlyLink };
}

describe('a connect link', () => {
  test('is made for an owner, lives a day, and names the site as who asks', async () => {
    const { order, onlyLink } = build();
    const answer = await order({ owner: 'tenant-1/user-7' });
    expect(answer).toMatchObject({ status: 201, headers: { 'cache-control': 'no-store' } });
    const { url, expiresAt, ...more } = jsonOf(answer);
    expect([expiresAt, more]).toEqual(['2026-11-02T00:00:00.000Z', {}]);
    expect(String(url)).toMatch(/^https:\/\/mail\.example\.com\/connect\?link=[\w-]{43}$/);
    expect(onlyLink()).toEqual({
      linkId: expect.any(String),
      owner: 'tenant-1/user-7',
      requester: 'mail.example.com',
      returnTo: '/',
      expiresAt: testStart + day,
    });
  });

  test('says all that it was told', async () => {
    const { order, onlyLink } = build();
    const told = {
      owner: 'tenant-1',
      requester: 'Müller & Söhne <GmbH>',
      accountId: '123456789012345678901',
      email: 'Ann@Example.com',
      returnTo: 'https://app.example.com/done?tenant=1',
    };
    const answer = await order({ ...told, expiresInSeconds: 60 });
    expect(jsonOf(answer)['expiresAt']).toBe('2026-11-01T00:01:00.000Z');
    expect(onlyLink()).toEqual({ ...told, linkId: expect.any(String), expiresAt: testStart + 60_000 });
  });

  test('is known by a hash: its secret stands in the answer alone', async () => {
    const { order, links, log } = build();
    const secret = new URL(String(jsonOf(await order({ owner: 'a' }))['url'])).searchParams.get('link') ?? '';
    expect(isToken(secret)).toBe(true);
    expect([...links.rows.keys()]).toEqual([hashOf(secret)]);
    expect(JSON.stringify([[...links.rows], log.lines])).not.toContain(secret);
  });

  test('is another each time', async () => {
    const { order } = build();
    const urls = await Promise.all([order({ owner: 'a' }), order({ owner: 'a' })]);
    expect(new Set(urls.map((answer) => jsonOf(answer)['url'])).size).toBe(2);
  });

  test('ends when the answer says, to the second', async () => {
    const { order, onlyLink } = build({ now: testStart + 1_999 });
    const answer = await order({ owner: 'a', expiresInSeconds: 604_800 });
    expect(jsonOf(answer)['expiresAt']).toBe('2026-11-08T00:00:01.000Z');
    expect(onlyLink().expiresAt).toBe(testStart + 7 * day + 1_000);
  });

  test.each([
    '/mailbox?tab=1',
    'https://app.example.com',
    'https://app.example.com/a/b?c=d',
    'com.example.app:/connected',
  ])('may lead back to %s', async (returnTo) => {
    const { order, onlyLink } = build();
    expect((await order({ owner: 'a', returnTo })).status).toBe(201);
    expect(onlyLink().returnTo.replace(/\/$/, '')).toBe(returnTo);
  });
});

describe('an order is refused, and no link made,', () => {
  const faults: [string, Record<string, unknown>, string][] = [
    ['without an owner', {}, 'owner is missing'],
    ['with an empty owner', { owner: '' }, 'owner must have 1 to 256 visible characters'],
    ['with a blank owner', { owner: ' \u3000' }, 'owner must have'],
    ['with a line break in the owner', { owner: 'a\nb' }, 'owner must have'],
    ['with an empty requester', { owner: 'a', requester: '' }, 'requester must have 1 to 100'],
    ['with a requester too long', { owner: 'a', requester: 'a'.repeat(101) }, 'requester must have'],
    [
      'with a control character in the requester',
      { owner: 'a', requester: 'a\u0007' },
      'requester must have',
    ],
    ['with no account number', { owner: 'a', accountId: '' }, 'accountId must be the number'],
    ['with spaces in the account number', { owner: 'a', accountId: '1 2' }, 'accountId must be the number'],
    ['with an address for it', { owner: 'a', accountId: 'ann@example.com' }, 'not its address'],
    ['with no address', { owner: 'a', email: 'ann' }, 'email must be an e-mail address'],
    ['with a name before the address', { owner: 'a', email: 'Ann <ann@example.com>' }, 'email must be'],
    [
      'with a life too short',
      { owner: 'a', expiresInSeconds: 59 },
      'must be a whole number from 60 to 604800',
    ],
    ['with a life too long', { owner: 'a', expiresInSeconds: 604_801 }, 'expiresInSeconds must be'],
    [
      'with a return address elsewhere',
      { owner: 'a', returnTo: 'https://evil.example/' },
      'returnTo leads to https://evil.example, which is not an allowed return origin',
    ],
    ['with a number for a return address', { owner: 'a', returnTo: 1 }, 'returnTo must be'],
    ['with a word that nobody knows', { owner: 'a', emial: 'ann@example.com' }, 'emial is not known'],
  ];

  test.each(faults)('%s', async (_, body, fault) => {
    const { order, links } = build();
    const answer = await order(body);
    expect(answer.status).toBe(400);
    expect(jsonOf(answer)).toMatchObject({ code: 'invalid_request', detail: expect.stringContaining(fault) });
    expect(links.rows.size).toBe(0);
  });

  test('and everything that is wrong is named at once, without its value', async () => {
    const { order } = build();
    const { detail } = jsonOf(await order({ owner: 'a\nb', email: 'canary', expiresInSeconds: 1 }));
    expect(detail).toMatch(/owner must.*email must.*expiresInSeconds must/);
    expect(detail).not.toContain('canary');
  });

  test('when it stays within another owner', async () => {
    const { order, links } = build();
    const answer = await order({ owner: 'tenant-2' }, { query: 'owner=tenant-1' });
    expect([answer.status, jsonOf(answer)['code'], links.rows.size]).toEqual([400, 'invalid_request', 0]);
    expect((await order({ owner: 'tenant-1' }, { query: 'owner=tenant-1' })).status).toBe(201);
  });
});

test.each(['a', 'tenant 1/user 2', '\u05d0\u05d1', '🙂', 'a'.repeat(256), '٣'])(
  'an owner may be %j',
  async (owner) => {
    const { order, onlyLink } = build();
    expect((await order({ owner })).status).toBe(201);
    expect(onlyLink().owner).toBe(owner);
  },
);
