import { clientMismatchRemedy } from '../../../../lambdas/consent/one-client.ts';
import { redirectUriOf } from '../../../../lambdas/http/redirect-uri.ts';
import type { Stores } from '../stores.ts';
import { type Finding, failed, look, ok, skipped } from './finding.ts';
import { request } from './request.ts';

/** The headers that every response of the site must have (RFC 9700 and OWASP ASVS 5.0, chapter 3). */
const headers: Readonly<Record<string, RegExp>> = {
  'strict-transport-security': /max-age=\d{8,}/,
  'content-security-policy': /default-src 'none'.*frame-ancestors 'none'/,
  'referrer-policy': /^no-referrer$/,
  'x-content-type-options': /^nosniff$/,
  'cache-control': /no-store/,
};

interface SiteOptions {
  readonly origin: string | undefined;
  readonly clientId: string | undefined;
  readonly dryRun: boolean;
}

/** Checks that the site answers with all headers, and that Google accepts its login URL. */
export async function checkSite(stores: Stores, options: SiteOptions): Promise<Finding[]> {
  const { origin, dryRun } = options;
  if (origin === undefined) {
    const unknown = skipped('give the origin of the site with --origin https://…');
    return ['site', 'login URL'].map((name) => ({ name, ...unknown }));
  }
  return Promise.all([
    look('site', () => isGuarded(origin)),
    look('login URL', async () =>
      dryRun
        ? skipped('requesting one would store a pending consent')
        : leadsToGoogle(origin, options, stores),
    ),
  ]);
}

async function isGuarded(origin: string) {
  const answer = await request(`${origin}/`, { headers: { accept: 'text/html' } });
  if (answer.status !== 200) return failed(`answers ${answer.status}: read the log of the function page`);
  const lacking = Object.entries(headers)
    .filter(([name, form]) => !form.test(answer.headers.get(name) ?? ''))
    .map(([name]) => name);
  if (lacking.length === 0) return ok('answers, with all security headers');
  return failed(
    `these headers are missing or weak: ${lacking.join(', ')}; check the proxy in front of the site`,
  );
}

async function leadsToGoogle(origin: string, { clientId }: SiteOptions, { config }: Stores) {
  const answer = await request(`${origin}/auth/login`);
  const location = URL.parse(answer.headers.get('location') ?? '');
  if (answer.status !== 303 || location === null) {
    return failed(`/auth/login answers ${answer.status}: read the log of auth-url`);
  }
  const wrong = faultsOf(location, origin, clientId, config);
  // A missing client ID has another cause.
  if (wrong.join() === 'client_id' && location.searchParams.has('client_id'))
    return failed(clientMismatchRemedy);
  if (wrong.length > 0) return failed(`Google requires other values of: ${wrong.join(', ')}`);
  return isAccepted(location.href, origin);
}

/** The parameters that differ from “Using OAuth 2.0 for Web Server Applications”. */
function faultsOf(
  { origin: at, pathname, searchParams }: URL,
  origin: string,
  clientId: string | undefined,
  { authorizationEndpoint, scopes }: Pick<Stores['config'], 'authorizationEndpoint' | 'scopes'>,
): string[] {
  const exactly: Readonly<Record<string, string | undefined>> = {
    client_id: clientId,
    redirect_uri: redirectUriOf(origin),
    response_type: 'code',
    access_type: 'offline',
    code_challenge_method: 'S256',
  };
  const long: Readonly<Record<string, number>> = { state: 22, nonce: 22, code_challenge: 43 };
  const asked = (searchParams.get('scope') ?? '').split(' ');
  return [
    ...(at + pathname === authorizationEndpoint ? [] : ['address']),
    ...Object.entries(exactly)
      .filter(([name, value]) => value !== undefined && searchParams.get(name) !== value)
      .map(([name]) => name),
    ...Object.entries(long)
      .filter(([name, length]) => (searchParams.get(name) ?? '').length < length)
      .map(([name]) => name),
    ...(scopes.every((scope) => asked.includes(scope)) ? [] : ['scope']),
  ];
}

/** Google shows an error instead of the sign-in if it does not know the client or the redirect URI. */
async function isAccepted(url: string, origin: string) {
  const { status, headers: said } = await request(url);
  const leadsTo = URL.parse(said.get('location') ?? '', url)?.pathname ?? '';
  if (status < 400 && !leadsTo.includes('/error')) return ok('Google accepts it');
  return failed(
    `Google refuses it (${status}): are the redirect URI ${redirectUriOf(origin)} and the client registered in its console?`,
  );
}
