import { createHash, randomBytes } from 'node:crypto';
import { createSignedFetch, type SignedRequest } from '../integrations/signed-fetch.ts';
import type { Browser } from './browser.ts';
import type { Site } from './site.ts';

/** An answer as a test looks at it. */
export interface Reply {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Json;
}

/** JSON that a test reads without knowing its type: a missing field is undefined, and an assertion then fails. */
export interface Json {
  readonly [name: string]: Json;
}

/** A PKCE verifier and its S256 challenge. */
export interface Pkce {
  readonly codeVerifier: string;
  readonly codeChallenge: string;
}

/** Makes up a verifier, as an application does for each sign-in. */
export function newPkce(): Pkce {
  const codeVerifier = randomBytes(32).toString('base64url');
  return { codeVerifier, codeChallenge: createHash('sha256').update(codeVerifier).digest('base64url') };
}

/** Posts JSON as a program, or as a page when the headers say so. */
export async function postJson(
  site: Site,
  path: string,
  body: object,
  headers: Readonly<Record<string, string>> = {},
): Promise<Reply> {
  const response = await fetch(`${site.origin}${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  });
  return reply(response);
}

/** Asks with a session's token. */
export async function getAs(site: Site, sessionToken: unknown, path: string): Promise<Reply> {
  const headers = { authorization: `Bearer ${String(sessionToken)}` };
  return reply(await fetch(`${site.origin}${path}`, { headers }));
}

/** Asks as a backend that has the site's own AWS credentials. */
export function backendOf(site: Site) {
  const signedFetch = createSignedFetch(site.origin, site.aws);
  return async (method: string, path: string, request?: SignedRequest) =>
    reply(await signedFetch(method, path, request));
}

/** Lets a backend invite for an owner; gives the link. */
export async function invite(site: Site, owner: string, order: object = {}): Promise<string> {
  const { status, body } = await backendOf(site)('POST', '/accounts/connect-links', {
    body: { owner, ...order },
  });
  if (status !== 201) throw new Error(`No link: ${status} ${JSON.stringify(body)}`);
  return String(body['url']);
}

/** A person signs in for an application elsewhere; gives where the browser is sent with the handoff. */
export async function signInElsewhere(
  site: Site,
  browser: Browser,
  returnTo: string,
  { codeChallenge }: Pick<Pkce, 'codeChallenge'>,
): Promise<URL> {
  const query = new URLSearchParams({ return_to: returnTo, code_challenge: codeChallenge });
  const start = `${site.origin}/auth/login?${query}`;
  const [stopBefore = ''] = returnTo.split('?');
  const page = await site.consent(browser, { start, stopBefore });
  return new URL(page.headers.get('location') ?? page.url);
}

/** The code of the problem that a page shows; the page itself when it shows none. */
export function problemOn({ text }: { readonly text: string }): string {
  return /<small>(\w+), request /.exec(text)?.[1] ?? text;
}

/** What a client that will receive the code itself is to ask Google for. */
export async function startCode(site: Site, { codeChallenge }: Pick<Pkce, 'codeChallenge'>): Promise<Json> {
  const query = new URLSearchParams({ purpose: 'code', code_challenge: codeChallenge });
  const { status, body } = await reply(await fetch(`${site.origin}/auth/url?${query}`));
  if (status !== 200) throw new Error(`No state: ${status} ${JSON.stringify(body)}`);
  return body;
}

/** What a program brings that received a code itself. */
export interface Brought {
  readonly code: string;
  readonly state: string;
  readonly codeVerifier: string;
  readonly idToken: string;
}

/** A person signs in on a phone; gives what the app then brings. */
export async function signInOnPhone(
  site: Site,
  { codeVerifier, codeChallenge }: Pkce,
  account: string,
  more: { readonly forceCodeForRefreshToken?: boolean } = {},
): Promise<Brought> {
  const { clientId, scopes, state, nonce } = await startCode(site, { codeChallenge });
  const given = await serverAuthCode(site, account, { clientId, scopes, nonce, ...more });
  return { ...given, state: String(state), codeVerifier };
}

/** Plays the phone: its user says yes to Google's library. */
export async function serverAuthCode(
  site: Site,
  account: string,
  request: {
    readonly clientId: unknown;
    readonly scopes?: unknown;
    readonly forceCodeForRefreshToken?: boolean;
    readonly nonce?: unknown;
  },
): Promise<{ readonly code: string; readonly idToken: string }> {
  const answer = await site.admin('POST', `/accounts/${account}/server-auth-code`, request);
  const { code, idToken } = answer as Json;
  return { code: String(code), idToken: String(idToken) };
}

async function reply(response: Response): Promise<Reply> {
  const text = await response.text();
  return { status: response.status, headers: response.headers, body: text === '' ? {} : JSON.parse(text) };
}
