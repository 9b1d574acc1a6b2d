import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { isBackendRoute } from '../../lambdas/http/backend-route.ts';
import type { Browser } from '../support/browser.ts';
import { describedRoutes } from '../support/described-routes.ts';
import { splitRoute } from '../support/route-lists.ts';
import { type Site, startSite } from '../support/site.ts';
import { problemIn, sendWire, signerOf, type WireAnswer } from '../support/wire.ts';

let site: Site;
let browser: Browser;
let accountId: string;

beforeAll(async () => {
  site = await startSite({ demoMessages: 3, accessTokens: 'on' });
  browser = await site.connected();
  accountId = String((await site.items('grants'))[0]?.['accountId']);
});
afterAll(() => site.close());

const session = () => ['cookie', `session=${browser.cookie('localhost', 'session')}`] as const;

/** Asks with these parameters, written one after the other. */
async function ask(route: string, pairs: readonly (readonly [string, string])[]): Promise<WireAnswer> {
  const { method, path } = splitRoute(route, { accountId, id: '18c' });
  if (isBackendRoute(route)) {
    const query: Record<string, string[]> = {};
    for (const [name, value] of pairs)
      query[name] = [...(Object.hasOwn(query, name) ? (query[name] ?? []) : []), value];
    return sendWire(site, await signerOf(site).sign({ method, path, query }));
  }
  const query = pairs.map(([name, value]) => `${name}=${encodeURIComponent(value)}`).join('&');
  return sendWire(site, {
    method,
    target: `${path}?${query}`,
    headers: [session(), ['sec-fetch-site', 'same-origin']],
  });
}

const reading = describedRoutes().filter(({ route }) => route.startsWith('GET '));

/** By name, a value that a request may well have. */
const good: Readonly<Record<string, string>> = {
  maxResults: '2',
  all: 'false',
  includeSpamTrash: 'false',
  view: 'ids',
  format: 'full',
  after: '2026-01-01',
  before: '2026-02-01',
  return_to: '/messages',
  prompt: 'consent',
  problem: 'access_denied',
  invited: 'true',
  status: 'active',
  code_challenge: 'x'.repeat(43),
  code_challenge_method: 'S256',
  purpose: 'code',
};

/** Only with these is a redirect URI read. */
const ofPrograms = [
  ['purpose', 'code'],
  ['code_challenge', 'x'.repeat(43)],
] as const;

describe('a parameter that is given twice', () => {
  const pairs = reading.flatMap(({ route, parameters }) =>
    parameters.map((parameter) => [route, parameter] as const),
  );
  /** Gmail takes several labels: all of them must be on a message. */
  const once = pairs.filter(([, parameter]) => parameter !== 'labelIds');

  it.each(once)('is refused: %s, %s', async (route, parameter) => {
    const value = good[parameter] ?? 'x';
    for (const values of [
      [value, value],
      [value, 'another'],
      ['', value],
    ]) {
      const before = await site.items('logins');
      const twice = values.map((one) => [parameter, one] as const);
      const answer = await ask(route, [...twice, ...(parameter === 'redirect_uri' ? ofPrograms : [])]);
      expect(answer.status, answer.text).toBe(400);
      expect(['invalid_request', 'invalid_state']).toContain(problemIn(answer));
      expect(await site.items('logins')).toEqual(before);
    }
  });

  it.each(['maxResults', 'all', 'includeSpamTrash', 'view'])(
    'and joined by a comma is no value of %s',
    async (parameter) => {
      const answer = await ask('GET /messages', [[parameter, `${good[parameter]},${good[parameter]}`]]);
      expect([answer.status, problemIn(answer)]).toEqual([400, 'invalid_request']);
    },
  );
});

describe('an owner that is no UTF-8', () => {
  const backends = describedRoutes().filter(({ parameters }) => parameters.includes('owner'));

  it.each(backends.map(({ route }) => route))(
    'is refused, since two such would be one: %s',
    async (route) => {
      const { method, path } = splitRoute(route, { accountId, id: '18c' });
      const before = await site.items('grants');
      // A signature covers what the gateway reads of it.
      const signed = await signerOf(site).sign({ method, path, query: { owner: 'M\ufffdller' } });
      for (const letter of ['%FC', '%F6', '%EF%BF%BD']) {
        const answer = await sendWire(site, {
          ...signed,
          target: signed.target.replace('%EF%BF%BD', letter),
        });
        expect([answer.status, problemIn(answer)]).toEqual([400, 'invalid_request']);
      }
      expect(await site.items('grants')).toEqual(before);
    },
  );
});

describe('a name that every object has', () => {
  const names = [
    '__proto__',
    'constructor',
    'prototype',
    'toString',
    'hasOwnProperty',
    'valueOf',
    '__proto__[x]',
    'constructor.prototype.x',
  ];

  it.each(reading.map(({ route }) => route))('is a parameter like any unknown one: %s', async (route) => {
    const unknown = await ask(route, [['nonesuch', '1']]);
    // The library that signs requests loses this one by itself.
    for (const name of names.filter((candidate) => !isBackendRoute(route) || candidate !== '__proto__')) {
      const answer = await ask(route, [[name, '1']]);
      expect([name, answer.status, problemIn(answer)]).toEqual([name, unknown.status, problemIn(unknown)]);
    }
  });

  it('is no cookie, no problem and no session', async () => {
    for (const name of names) {
      const cookie = await sendWire(site, {
        target: '/messages',
        headers: [['cookie', `${name}=1; session=${name}`]],
      });
      expect([cookie.status, problemIn(cookie)]).toEqual([401, 'login_required']);
      const bearer = await sendWire(site, {
        target: '/mailbox',
        headers: [['authorization', `Bearer ${name}`]],
      });
      expect(bearer.status).toBe(401);
      const page = await sendWire(site, { target: `/auth/problem?problem=${encodeURIComponent(name)}` });
      expect([page.status, problemIn(page)]).toEqual([400, 'invalid_request']);
    }
  });
});

describe('a request that is no request of the site’s', () => {
  const requests = () => site.logs.filter(({ fields }) => fields['event'] === 'request');
  const functionsCalled = () => requests().length;
  const paths = [
    ...new Set(describedRoutes().map(({ route }) => splitRoute(route, { accountId: '1', id: '18c' }).path)),
  ];

  it.each(['HEAD', 'OPTIONS', 'PUT', 'PATCH', 'TRACE', 'PROPFIND', 'QUERY', 'LINK'])(
    '%s reaches no function',
    async (method) => {
      const before = functionsCalled();
      for (const target of paths) {
        const { status } = await sendWire(site, {
          method,
          target,
          headers: [session(), ['x-http-method-override', 'DELETE']],
        });
        expect([status, target]).toEqual([404, target]);
      }
      expect(functionsCalled()).toBe(before);
    },
  );

  it.each([
    ['http://evil.example/auth/login', 400],
    ['//evil.example/auth/login', 404],
    ['/%zz', 400],
    ['/messages/%', 400],
    ['/messages/%ff%fe', 400],
    ['/messages/', 404],
    ['//messages', 404],
    ['/messages//', 404],
    ['/MESSAGES', 404],
    ['/./messages', 404],
    ['/mailbox/../messages', 404],
    ['/messages%2f18c', 404],
    ['*', 400],
  ])('%s reaches no function but the one that answers unknown paths', async (target, status) => {
    const before = requests().length;
    const answer = await sendWire(site, { target, headers: [session()] });
    expect([answer.status, problemIn(answer)]).toEqual([status, status === 404 ? 'not_found' : undefined]);
    const called = requests().slice(before);
    expect(called.map(({ fields }) => fields['route'])).toEqual(status === 404 ? ['GET /{proxy+}'] : []);
  });

  it('nor does one with more than 10,240 bytes of request line and headers; one with a hundred headers does', async () => {
    const many = (count: number, size: number) =>
      Array.from({ length: count }, (_, index) => [`x-${index}`, 'a'.repeat(size)] as const);
    const before = functionsCalled();
    for (const headers of [many(1, 10_240), many(100, 100), many(1_000, 1)]) {
      expect((await sendWire(site, { target: '/mailbox', headers: [session(), ...headers] })).status).toBe(
        431,
      );
    }
    expect(
      (await sendWire(site, { target: `/messages?q=${'a'.repeat(10_240)}`, headers: [session()] })).status,
    ).toBe(431);
    expect(functionsCalled()).toBe(before);
    expect(
      (await sendWire(site, { target: '/mailbox', headers: [session(), ...many(100, 10)] })).status,
    ).toBe(200);
  });
});
