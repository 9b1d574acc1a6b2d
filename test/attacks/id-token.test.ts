import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { Browser } from '../support/browser.ts';
import { callbacksOf, nothing } from '../support/callbacks.ts';
import { type Site, startSite } from '../support/site.ts';

let site: Site;
let hands: ReturnType<typeof callbacksOf>;
let browser: Browser;
let clientId: string;

beforeAll(async () => {
  site = await startSite({ demoMessages: 1 });
  hands = callbacksOf(site);
  const start = await new Browser().open(`${site.origin}/auth/login`, { stay: true });
  clientId = new URL(start.headers.get('location') ?? '').searchParams.get('client_id') ?? '';
});
afterAll(() => site.close());
beforeEach(async () => {
  browser = new Browser();
  await site.forget();
});
afterEach(() => site.admin('DELETE', '/faults'));

const now = () => Math.floor(Date.now() / 1000);

/** Completes a consent, at the end of which the token endpoint does this to its answer. */
async function completeWith(effect: Record<string, unknown>) {
  const url = await hands.callbackOf(browser);
  await site.fault('token', effect, 0);
  return hands.ask(url, browser);
}

/** A consent that ended there is over: nothing stands of it, and its code was tried once. */
async function expectNobody(effect: Record<string, unknown>): Promise<void> {
  const { status, code, page } = await completeWith(effect);
  expect([status, code]).toEqual([400, 'no_user_id']);
  expect(JSON.parse(page.text).authorizationUrl).toBe(`${site.origin}/auth/login`);
  expect(page.headers.getSetCookie()).toEqual([]);
  expect(await hands.tokenCalls()).toBe(1);
  expect(await hands.standing()).toEqual(nothing);
  expect(await hands.pending()).toEqual([]);
}

describe('a claim of the ID token that is not right', () => {
  it.each([
    ['aud is another client', () => ({ aud: 'another.apps.googleusercontent.com' })],
    ['aud is missing', () => ({ aud: null })],
    ['aud is empty', () => ({ aud: '' })],
    ['aud is an empty list', () => ({ aud: [] })],
    ['aud names another client beside us', () => ({ aud: [clientId, 'another'] })],
    ['aud begins like us', () => ({ aud: `${clientId}.evil.example` })],
    ['aud is us in capitals', () => ({ aud: clientId.toUpperCase() })],
    ['iss is another', () => ({ iss: 'https://evil.example' })],
    ['iss is Google’s while another issuer is in use', () => ({ iss: 'https://accounts.google.com' })],
    ['iss has a slash', () => ({ iss: `${site.google.origin}/` })],
    ['iss has no scheme', () => ({ iss: new URL(site.google.origin).host })],
    ['iss is missing', () => ({ iss: null })],
    ['iss is a list', () => ({ iss: [site.google.origin] })],
    ['nonce is another', () => ({ nonce: 'A'.repeat(43) })],
    ['nonce is missing', () => ({ nonce: null })],
    ['nonce is empty', () => ({ nonce: '' })],
    ['nonce is a list', () => ({ nonce: ['x'] })],
    ['nonce is true', () => ({ nonce: true })],
    ['exp is six minutes ago', () => ({ exp: now() - 360 })],
    ['exp is zero', () => ({ exp: 0 })],
    ['exp is negative', () => ({ exp: -1 })],
    ['exp is missing', () => ({ exp: null })],
    ['exp is a text', () => ({ exp: String(now() + 3_600) })],
    ['exp is a list', () => ({ exp: [now() + 3_600] })],
    ['sub is missing', () => ({ sub: null })],
    ['sub is empty', () => ({ sub: '' })],
    ['sub is a number', () => ({ sub: 1_234_567_890 })],
    ['sub is a list', () => ({ sub: ['1234567890'] })],
    ['sub is an object', () => ({ sub: { $ne: '' } })],
    ['sub has a space', () => ({ sub: '12 34' })],
    ['sub has a line', () => ({ sub: '1234\n5678' })],
    ['sub is beyond ASCII', () => ({ sub: '\uff11\uff12\uff13' })],
    ['sub is long', () => ({ sub: '1'.repeat(256) })],
  ])('names nobody: %s', async (_, claims) => {
    await expectNobody({ idToken: claims() });
  });

  it('may be an expiry of four minutes ago, by clocks that differ', async () => {
    expect((await completeWith({ idToken: { exp: now() - 240 } })).status).toBe(303);
  });
});

const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');

/** The nonce that Google was told of this browser’s consent. */
function nonceOf({ history }: Browser): string {
  const asked = history.map(({ url }) => new URL(url)).find(({ searchParams }) => searchParams.has('nonce'));
  return asked?.searchParams.get('nonce') ?? '';
}

/** A JWT whose claims are right in everything, in the hands of somebody who writes it as they like. */
async function completeWithToken(write: (claims: Record<string, unknown>) => unknown) {
  const url = await hands.callbackOf(browser);
  const exp = now() + 3_600;
  const claims = { iss: site.google.origin, aud: clientId, exp, nonce: nonceOf(browser), sub: '1234567890' };
  await site.fault('token', { set: { id_token: write(claims) } }, 0);
  return hands.ask(url, browser);
}

const head = part({ alg: 'RS256', typ: 'JWT' });

describe('an ID token of the right claims', () => {
  it('is taken as it comes from the token endpoint, which is why its form must be right', async () => {
    const answer = await completeWithToken((claims) => `${head}.${part(claims)}.c2ln`);
    expect(answer.status).toBe(303);
    expect(await site.items('grants')).toMatchObject([{ accountId: '1234567890' }]);
  });

  it.each<[string, (claims: Record<string, unknown>) => unknown]>([
    ['a number', () => 7],
    ['an object', (claims) => claims],
    ['JSON', (claims) => JSON.stringify(claims)],
    ['one part', (claims) => part(claims)],
    ['two parts', (claims) => `${head}.${part(claims)}`],
    ['three parts, the signature empty', (claims) => `${head}.${part(claims)}.`],
    ['four parts', (claims) => `${head}.${part(claims)}.c2ln.c2ln`],
    ['five parts, as an encrypted one', (claims) => `${head}.${part(claims)}.c2ln.c2ln.c2ln`],
    ['claims that are no base64', (claims) => `${head}.${JSON.stringify(claims)}.c2ln`],
    [
      'claims in the other base64',
      (claims) => `${head}.${Buffer.from(`${JSON.stringify(claims)}?>`).toString('base64')}=.c2ln`,
    ],
    ['half of the claims', (claims) => `${head}.${part(claims).slice(0, 40)}.c2ln`],
    ['a list of claims', (claims) => `${head}.${part([claims])}.c2ln`],
    ['a text of claims', (claims) => `${head}.${part(JSON.stringify(claims))}.c2ln`],
    ['no algorithm', (claims) => `${part({ typ: 'JWT' })}.${part(claims)}.c2ln`],
    ['the algorithm none', (claims) => `${part({ alg: 'none' })}.${part(claims)}.`],
    ['the algorithm none, and a signature', (claims) => `${part({ alg: 'none' })}.${part(claims)}.c2ln`],
    ['the algorithm nOnE', (claims) => `${part({ alg: 'nOnE' })}.${part(claims)}.c2ln`],
    ['an algorithm whose key is shared', (claims) => `${part({ alg: 'HS256' })}.${part(claims)}.c2ln`],
    ['a list of algorithms', (claims) => `${part({ alg: ['RS256'] })}.${part(claims)}.c2ln`],
    ['a header that is no JSON', (claims) => `e30x.${part(claims)}.c2ln`],
    ['a header that is empty', (claims) => `.${part(claims)}.c2ln`],
    ['a line at the end', (claims) => `${head}.${part(claims)}.c2ln\n`],
  ])('names nobody when it is written as %s', async (_, write) => {
    const { status, code } = await completeWithToken(write);
    expect([status, code]).toEqual([400, 'no_user_id']);
    expect(await hands.tokenCalls()).toBe(1);
    expect(await hands.standing()).toEqual(nothing);
  });
});
