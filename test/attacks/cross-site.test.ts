import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { invite } from '../support/callers.ts';
import { tokenNamed } from '../support/doubles/tokens.ts';
import { fetchSite, fetchSites, type Header, originHeaders, valuesOf } from '../support/origin-headers.ts';
import { changingRoutes, splitRoute } from '../support/route-lists.ts';
import { type Site, startSite } from '../support/site.ts';
import { problemIn, sendWire, type WireAnswer } from '../support/wire.ts';

const app = 'https://app.example.com';

/** Routes where the body is the proof and cookies mean nothing: pages of allowed origins may call them. */
const provedByBody = ['POST /auth/session', 'POST /auth/code'];

/** What the buttons of our pages send. */
const formRoutes = ['POST /connect', 'POST /auth/login'];

let site: Site;
/** The session of somebody who is signed in, and a link that waits for a press. */
let session: string;
let login: string;
let link: string;

beforeAll(async () => {
  site = await startSite({ demoMessages: 2, allowedReturnOrigins: app });
  const browser = await site.connected();
  link = new URL(await invite(site, 'acme')).searchParams.get('link') ?? '';
  session = browser.cookie('localhost', 'session') ?? '';
  login = browser.cookie('localhost', 'login') ?? '';
});
afterAll(() => site.close());

/** Every combination of both. */
const combinations = () =>
  fetchSites.flatMap((one) => originHeaders(site.origin, app).map((other) => [...one, ...other]));

/** The rule by which a cookie counts, once more, since the one of the product is what is tried here. */
function comesFromOurPage(headers: readonly Header[]): boolean {
  const [where, from] = [valuesOf(headers, 'sec-fetch-site'), valuesOf(headers, 'origin')];
  if (where.length > 0) return where.length === 1 && where[0] === 'same-origin';
  return from.length === 1 && from[0] === site.origin;
}

/** A page of ours or of an allowed application, or a program that is no browser. */
function mayBringProof(headers: readonly Header[]): boolean {
  const [where, from] = [valuesOf(headers, 'sec-fetch-site'), valuesOf(headers, 'origin')];
  if (from.length === 0) return where.join() !== 'cross-site';
  return from.length === 1 && [site.origin, app].includes(from[0] ?? '');
}

const everything = async () => [
  await site.items('logins'),
  await site.items('grants'),
  await site.items('mailboxes'),
];

/** Sends the request that a page elsewhere would: a form where the route takes one. */
function send(route: string, headers: readonly Header[], cookie: string): Promise<WireAnswer> {
  const { method, path } = splitRoute(route);
  const isForm = formRoutes.includes(route);
  const type = isForm ? 'application/x-www-form-urlencoded' : 'application/json';
  const body = isForm ? `link=${link}&return_to=nowhere` : '{}';
  return sendWire(site, {
    ...{ method, target: path, body },
    headers: [['content-type', type], ...(cookie === '' ? [] : [['cookie', cookie] as const]), ...headers],
  });
}

const signedIn = () => `session=${session}; login=${login}`;
/** Cookies of nobody: whoever passes the check gets no further, so that everybody after finds things as they were. */
const nobody = () => `session=${tokenNamed('nobody')}`;

describe('a cookie counts only where a page of this site sent it', () => {
  it.each(changingRoutes.filter((route) => !provedByBody.includes(route)))('%s', async (route) => {
    const before = await everything();
    for (const headers of combinations()) {
      const passes = comesFromOurPage(headers);
      const { status, text } = await send(route, headers, passes ? nobody() : signedIn());
      expect([headers, problemIn({ text }) === 'cross_site']).toEqual([headers, !passes]);
      expect([headers, status === 403]).toEqual([headers, !passes]);
    }
    expect(await everything()).toEqual(before);
  });

  it('and there it does: a sync is asked for', async () => {
    const asked = async () => (await site.items('mailboxes')).map(({ requestedAt }) => requestedAt);
    const before = await asked();
    const { status } = await send('POST /mailbox/sync', fetchSite('same-origin'), signedIn());
    expect(status).toBe(202);
    expect(await asked()).not.toEqual(before);
  });
});

describe('where the body is the proof, cookies prove nothing, and pages that are not allowed are refused', () => {
  it.each(provedByBody)('%s', async (route) => {
    const before = await everything();
    for (const headers of combinations()) {
      const { status, text } = await send(route, headers, signedIn());
      const expected = mayBringProof(headers) ? [400, 'invalid_request'] : [403, 'cross_site'];
      expect([headers, status, problemIn({ text })]).toEqual([headers, ...expected]);
    }
    expect(await everything()).toEqual(before);
  });

  it.each(provedByBody)('%s is no form, which a page elsewhere sends without a preflight', async (route) => {
    // Whole, so that nothing but its type is wrong.
    const proof = tokenNamed('guess');
    const brought =
      route === 'POST /auth/session' ? { handoff: proof } : { code: proof, state: proof, idToken: proof };
    const body = JSON.stringify({ ...brought, codeVerifier: proof });
    const sendAs = async (type: string) => {
      const headers: Header[] = [
        ['content-type', type],
        ['origin', app],
      ];
      return problemIn(
        await sendWire(site, { method: 'POST', target: splitRoute(route).path, body, headers }),
      );
    };
    expect(['invalid_handoff', 'no_user_id']).toContain(await sendAs('application/json'));
    for (const type of ['application/x-www-form-urlencoded', 'text/plain', 'multipart/form-data', '']) {
      expect([type, await sendAs(type)]).toEqual([type, 'invalid_request']);
    }
  });
});

describe('a Bearer token, which no browser adds by itself, needs no such proof, and makes no cookie count', () => {
  const bearer = changingRoutes.filter((route) => ![...provedByBody, ...formRoutes].includes(route));

  it.each(bearer)('%s', async (route) => {
    const before = await everything();
    const authorization: Header = ['authorization', `Bearer ${tokenNamed('nobody')}`];
    for (const headers of fetchSites.flatMap((one) => [
      one,
      [...one, ['origin', 'https://evil.example'] as const],
    ])) {
      const { status } = await send(route, [...headers, authorization], signedIn());
      expect([headers, status]).toEqual([headers, route === 'POST /auth/logout' ? 204 : 401]);
    }
    expect(await everything()).toEqual(before);
  });

  it.each(formRoutes)('is not what a press of a button is proved by: %s', async (route) => {
    const headers: Header[] = [...fetchSite('cross-site'), ['authorization', `Bearer ${session}`]];
    expect(problemIn(await send(route, headers, signedIn()))).toBe('cross_site');
  });
});
