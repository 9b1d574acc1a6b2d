import { clientMismatchRemedy } from '../../../../lambdas/consent/one-client.ts';
import { redirectUriOf } from '../../../../lambdas/http/redirect-uri.ts';
import type { Stores } from '../stores.ts';
import { type Finding, fault, look, skipped, well } from './finding.ts';
import { reach } from './reach.ts';

/** What every answer of the site must say, and what of it (RFC 9700 and OWASP ASVS 5.0, chapter 3). */
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
  /** Leave out what writes a pending consent. */
  readonly dryRun: boolean;
}

/** Whether the site answers, guards its pages, and sends people to Google in a form that Google accepts. */
export async function checkSite(stores: Stores, options: SiteOptions): Promise<Finding[]> {
  const { origin, dryRun } = options;
  if (origin === undefined) {
    const unknown = skipped('say where the site lives with --origin https://…');
    return ['site', 'login URL'].map((name) => ({ name, ...unknown }));
  }
  return Promise.all([
    look('site', () => isGuarded(origin)),
    look('login URL', async () =>
      dryRun
        ? skipped('asking for one writes down a pending consent')
        : leadsToGoogle(origin, options, stores),
    ),
  ]);
}

async function isGuarded(origin: string) {
  const answer = await reach(`${origin}/`, { headers: { accept: 'text/html' } });
  if (answer.status !== 200) return fault(`answers ${answer.status}: read the log of the function page`);
  const lacking = Object.entries(headers)
    .filter(([name, form]) => !form.test(answer.headers.get(name) ?? ''))
    .map(([name]) => name);
  if (lacking.length === 0) return well('answers, with the headers that guard it');
  return fault(`its answer lacks, or has weakened: ${lacking.join(', ')}; look at what stands before it`);
}

async function leadsToGoogle(origin: string, { clientId }: SiteOptions, { config }: Stores) {
  const answer = await reach(`${origin}/auth/login`);
  const location = URL.parse(answer.headers.get('location') ?? '');
  if (answer.status !== 303 || location === null) {
    return fault(`/auth/login answers ${answer.status}: read the log of auth-url`);
  }
  const wrong = faultsOf(location, origin, clientId, config);
  // Without one, the cause is another one.
  if (wrong.join() === 'client_id' && location.searchParams.has('client_id'))
    return fault(clientMismatchRemedy);
  if (wrong.length > 0) return fault(`it is not as Google wants it: ${wrong.join(', ')}`);
  return isAccepted(location.href, origin);
}

/** What Google asks of it in “Using OAuth 2.0 for Web Server Applications”. */
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

/** Google shows an error in place of the sign-in where it does not know the client or the redirect URI. */
async function isAccepted(url: string, origin: string) {
  const { status, headers: said } = await reach(url);
  const leadsTo = URL.parse(said.get('location') ?? '', url)?.pathname ?? '';
  if (status < 400 && !leadsTo.includes('/error')) return well('Google takes it');
  return fault(
    `Google does not take it (${status}): is the redirect URI ${redirectUriOf(origin)} registered, and does the client stand in its console?`,
  );
}
