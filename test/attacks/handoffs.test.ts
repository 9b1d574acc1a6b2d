import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { Browser } from '../support/browser.ts';
import { newPkce, type Pkce, postJson, signInElsewhere } from '../support/callers.ts';
import { fetchSites, type Header, originHeaders, valuesOf } from '../support/origin-headers.ts';
import { type Site, startSite } from '../support/site.ts';
import { problemIn, sendWire } from '../support/wire.ts';

const app = 'https://app.example.com';
const other = 'https://other.example.com';

let site: Site;
let pkce: Pkce;
/** What stands in the address to which the browser was sent. */
let handoff: string;

beforeAll(async () => {
  site = await startSite({ demoMessages: 2, allowedReturnOrigins: `${app} ${other}` });
});
beforeEach(async () => {
  await site.forget();
  pkce = newPkce();
  handoff = await signedIn(pkce);
});
afterEach(() => site.setClockOffset(0));
afterAll(() => site.close());

async function signedIn(whose: Pkce, returnTo = `${app}/`): Promise<string> {
  const address = await signInElsewhere(site, new Browser(), returnTo, whose);
  return address.searchParams.get('handoff') ?? '';
}

const bring = (body: object, headers: Readonly<Record<string, string>> = { origin: app }) =>
  postJson(site, '/auth/session', body, headers);
const rows = () => site.items('logins');
const sessions = async () => (await rows()).filter(({ id }) => String(id).startsWith('session#'));

/** Nothing of this got a session, and whom the handoff is for still gets one. */
async function isUnharmed(before: readonly Record<string, unknown>[]): Promise<void> {
  expect(await rows()).toEqual(before);
  expect((await bring({ handoff, codeVerifier: pkce.codeVerifier })).status).toBe(200);
}

describe('a handoff that somebody picked up on its way', () => {
  it('is worth nothing with the verifier of another sign-in, though both are the same application’s', async () => {
    const thiefs = newPkce();
    const mine = await signedIn(thiefs);
    const before = await rows();
    expect((await bring({ handoff, codeVerifier: thiefs.codeVerifier })).status).toBe(400);
    expect((await bring({ handoff: mine, codeVerifier: pkce.codeVerifier })).status).toBe(400);
    await isUnharmed(before);
  });

  it('opens no route itself, in no form', async () => {
    for (const headers of [{ authorization: `Bearer ${handoff}` }, { cookie: `session=${handoff}` }]) {
      expect((await fetch(`${site.origin}/mailbox`, { headers })).status).toBe(401);
    }
  });
});

describe('a link with a challenge of the attacker’s own, which somebody sends to a person', () => {
  const { codeChallenge } = newPkce();
  const linkTo = (returnTo: string) =>
    `${site.origin}/auth/login?${new URLSearchParams({ return_to: returnTo, code_challenge: codeChallenge })}`;
  const pending = async () => (await rows()).filter(({ id }) => String(id).startsWith('state#'));

  it('only shows a question, also where the person has signed in for this application before', async () => {
    const browser = new Browser();
    await signInElsewhere(site, browser, `${app}/`, pkce);
    const before = await rows();
    for (const referer of [{}, { referer: 'https://evil.example/' }]) {
      const page = await browser.open(linkTo(`${app}/`), { headers: referer });
      expect(page.text).toContain('<h1>Continue to ');
    }
    expect(await rows()).toEqual(before);
  });

  it('leads to no other address of the application than the listed one', async () => {
    for (const returnTo of [`${app}/redirect?to=https://evil.example`, `${app}/a`, `${app}/?a`]) {
      expect((await new Browser().open(linkTo(returnTo))).status).toBe(400);
    }
  });

  it('does not press the button of the question from a page of the attacker’s', async () => {
    const before = (await pending()).length;
    const answer = await sendWire(site, {
      method: 'POST',
      target: '/auth/login',
      headers: [
        ['content-type', 'application/x-www-form-urlencoded'],
        ['origin', 'https://evil.example'],
        ['sec-fetch-site', 'cross-site'],
      ],
      body: new URL(linkTo(`${app}/`)).search.slice(1),
    });
    expect([answer.status, problemIn(answer)]).toEqual([403, 'cross_site']);
    expect(await pending()).toHaveLength(before);
  });
});

describe('where a handoff is brought from', () => {
  /** Whoever says nothing is no page: a browser names the origin of every page that posts. */
  function isItsReceiver(headers: readonly Header[]): boolean {
    const [where, from] = [valuesOf(headers, 'sec-fetch-site'), valuesOf(headers, 'origin')];
    if (from.length === 0) return where.join() !== 'cross-site';
    return from.length === 1 && [app, site.origin].includes(from[0] ?? '');
  }

  it('is the application that it was sent to, or this site, or no page at all: in every other form refused', async () => {
    const json: Header = ['content-type', 'application/json'];
    const before = await rows();
    for (const headers of fetchSites.flatMap((one) =>
      originHeaders(site.origin, app).map((said) => [...one, ...said]),
    )) {
      const receives = isItsReceiver(headers);
      // Whoever passes has the wrong verifier, so that the handoff is there for the next.
      const codeVerifier = receives ? newPkce().codeVerifier : pkce.codeVerifier;
      const answer = await sendWire(site, {
        ...{ method: 'POST', target: '/auth/session', body: JSON.stringify({ handoff, codeVerifier }) },
        headers: [json, ...headers],
      });
      expect([headers, problemIn(answer)]).toEqual([headers, receives ? 'invalid_handoff' : 'cross_site']);
    }
    await isUnharmed(before);
  });

  it('is not another application of the list, though it has the verifier: the handoff ends there', async () => {
    const proof = { handoff, codeVerifier: pkce.codeVerifier };
    expect(await bring(proof, { origin: other })).toMatchObject({
      status: 403,
      body: { code: 'cross_site' },
    });
    expect(await sessions()).toEqual([]);
    expect((await bring(proof)).body['code']).toBe('invalid_handoff');
  });
});

it('an answer with a session is for the origin alone that may read it, and is kept by nobody', async () => {
  const { headers, status } = await bring({ handoff, codeVerifier: pkce.codeVerifier });
  expect(status).toBe(200);
  expect(headers.get('access-control-allow-origin')).toBe(app);
  expect(headers.get('access-control-allow-credentials')).toBeNull();
  expect(headers.get('cache-control')).toBe('no-store');
  expect(headers.getSetCookie()).toEqual([]);
});
