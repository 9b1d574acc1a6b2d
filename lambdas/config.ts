import * as v from 'valibot';
import { isGmailScope } from './scopes.ts';

const loopbackHosts = ['localhost', '127.0.0.1', '[::1]'];

const text = v.pipe(v.string(), v.nonEmpty());

const origin = v.pipe(
  v.string(),
  v.check((value) => {
    const url = URL.parse(value);
    // An asterisk is no name, and API Gateway would take `https://*` for every origin there is.
    if (url === null || url.origin !== value || value.includes('*')) return false;
    return url.protocol === 'https:' || (url.protocol === 'http:' && loopbackHosts.includes(url.hostname));
  }),
);

/** Google's own address, or one on loopback that stands in for it: anything else would be sent the client secret. */
const googleOr = (googles: string) =>
  v.optional(
    v.pipe(
      v.string(),
      v.check((value) => {
        const url = URL.parse(value);
        const onLoopback = url?.protocol === 'http:' && loopbackHosts.includes(url.hostname);
        return value === googles || onLoopback;
      }),
    ),
    googles,
  );

const wholeNumber = v.pipe(v.string(), v.regex(/^[1-9]\d{0,11}$/), v.transform(Number));

const wholeNumberOr = (usual: string) => v.optional(wholeNumber, usual);

const scopes = v.pipe(
  v.string(),
  v.transform((value) => value.split(' ').filter((scope) => scope !== '')),
  v.check((list) => list.includes('openid') && list.some(isGmailScope)),
);

const wordsOf = v.pipe(
  v.string(),
  v.transform((value) => value.split(' ').filter((word) => word !== '')),
);

/** A scheme of an app's own, which must hold a dot (RFC 8252, 7.1). */
const appScheme = v.pipe(v.string(), v.regex(/^[a-z][a-z0-9+-]*(\.[a-z0-9+-]+)+:$/));

/** Web origins (https, or http on loopback), schemes of apps, and addresses under either, without user and fragment. */
const returnOrigins = v.pipe(
  wordsOf,
  v.check((list) => list.every((word) => v.is(v.union([origin, appScheme]), word) || isReturnAddress(word))),
);

function isReturnAddress(word: string): boolean {
  const url = URL.parse(word);
  if (url === null || url.href !== word || /[*#\\]/.test(word) || url.username + url.password !== '')
    return false;
  return (
    v.is(origin, url.origin) ||
    (v.is(appScheme, url.protocol) && /^\/.*[^/]/.test(url.href.slice(url.protocol.length)))
  );
}

const loginKey = v.pipe(
  v.string(),
  v.regex(/^\S+( [1-9]\d{0,2})?$/),
  v.transform((value) => {
    const [secretId = '', version = '1'] = value.split(' ');
    return { secretId, version };
  }),
);

const domains = v.pipe(
  wordsOf,
  v.check((list) => list.every((word) => /^[a-z0-9-]+(\.[a-z0-9-]+)+$/.test(word))),
);

/** Google's addresses, as its discovery document gives them (November 2026). */
const google = {
  issuer: 'https://accounts.google.com',
  authorizationEndpoint: 'https://accounts.google.com/o/oauth2/v2/auth',
  tokenEndpoint: 'https://oauth2.googleapis.com/token',
  revocationEndpoint: 'https://oauth2.googleapis.com/revoke',
  userinfoEndpoint: 'https://openidconnect.googleapis.com/v1/userinfo',
  keysEndpoint: 'https://www.googleapis.com/oauth2/v3/certs',
  gmailRootUrl: 'https://gmail.googleapis.com/',
};

const defaultScopes = 'openid email profile https://www.googleapis.com/auth/gmail.readonly';

const loopbackRemedy = 'leave it unset for Google, or give an http:// address on loopback';

/**
 * Each setting that functions read: the variable that holds it, how it is read, and what an error says of a wrong value.
 * Those that people choose are described in `infra/settings.ts`.
 */
export const settings = {
  /** Where this site lives, as browsers see it: scheme, host and port, no path. */
  origin: setting(
    'ORIGIN',
    origin,
    'give the site’s own origin, such as https://mail.example.com, with no path',
  ),
  scopes: setting(
    'SCOPES',
    v.optional(scopes, defaultScopes),
    'list scopes separated by spaces, with openid and at least one Gmail scope',
  ),
  loginsTable: setting('LOGINS_TABLE', text, 'give the name of the table of logins'),
  grantsTable: setting('GRANTS_TABLE', text, 'give the name of the table of grants'),
  /** The KMS key that encrypts tokens and nothing else. */
  tokenKey: setting('TOKEN_KEY', text, 'give the ARN or alias of the token key'),
  /** The secret that the MACs of the rows of the table of logins come from, and which of the keys derived from it. */
  loginKey: setting(
    'LOGIN_KEY',
    loginKey,
    'give the ARN or name of the secret with the login key, and its version after a space',
  ),
  /** The KMS key to which refresh tokens are bound; none: they are bound to no key. */
  dpopKey: setting('DPOP_KEY', v.optional(text), 'give the ARN or alias of a signing key'),
  /** The Secrets Manager secret that holds `client_secret.json`. */
  clientSecretId: setting('CLIENT_SECRET_ID', text, 'give the ARN or name of the secret'),
  /** The ID of the OAuth client in that secret, for functions that need not read it. */
  clientId: setting(
    'CLIENT_ID',
    text,
    'give the `client_id` in client_secret.json, which ends in .apps.googleusercontent.com, and never the `client_secret`',
  ),
  mailboxesTable: setting('MAILBOXES_TABLE', text, 'give the name of the table of mailboxes'),
  messagesTable: setting('MESSAGES_TABLE', text, 'give the name of the table of messages'),
  usageTable: setting('USAGE_TABLE', text, 'give the name of the table of usage'),
  changesTable: setting('CHANGES_TABLE', text, 'give the name of the table of changes'),
  /** The event bus that is told of every change; none: nobody is told. */
  eventBus: setting('EVENT_BUS_NAME', text, 'give the name of the event bus'),
  allowedReturnOrigins: setting(
    'ALLOWED_RETURN_ORIGINS',
    v.optional(returnOrigins, ''),
    'list origins such as https://app.example.com, app schemes such as com.example.app:, or addresses such as https://app.example.com/signed-in, separated by spaces',
  ),
  signUp: choice('SIGN_UP', ['links-only', 'domains', 'open'], 'links-only'),
  signUpDomains: setting(
    'SIGN_UP_DOMAINS',
    v.optional(domains, ''),
    'list domains such as example.com, separated by spaces',
  ),
  accessTokens: choice('ACCESS_TOKENS', ['off', 'on'], 'off'),
  userinfoEndpoint: setting('GOOGLE_USERINFO_ENDPOINT', googleOr(google.userinfoEndpoint), loopbackRemedy),
  /** The keys with which Google signs ID tokens. */
  keysEndpoint: setting('GOOGLE_KEYS_ENDPOINT', googleOr(google.keysEndpoint), loopbackRemedy),
  syncQueue: setting('SYNC_QUEUE_URL', text, 'give the URL of the sync queue'),
  copy: choice('COPY', ['off', 'index'], 'index'),
  quotaProfile: choice(
    'QUOTA_PROFILE',
    ['2026', 'legacy'],
    '2026',
    ': `legacy` is for a project that used the Gmail API between November 2025 and April 2026',
  ),
  dailyUnits: setting('DAILY_UNITS', v.optional(wholeNumber), 'give a whole number of quota units'),
  pollSeconds: setting('POLL_SECONDS', wholeNumberOr('60'), 'give a whole number of seconds'),
  quietPollSeconds: setting('QUIET_POLL_SECONDS', wholeNumberOr('300'), 'give a whole number of seconds'),
  /** The length of the quota's minute in seconds: 60, but for a local environment that is to run faster. */
  minuteSeconds: setting(
    'SYNC_MINUTE_SECONDS',
    wholeNumberOr('60'),
    'leave it unset: a minute has 60 seconds',
  ),
  /** The name of the deployment, under which its metrics stand; none on a developer's machine. */
  stage: setting('STAGE', v.optional(text), 'give the name of the stage'),
  googleIssuer: setting('GOOGLE_ISSUER', googleOr(google.issuer), loopbackRemedy),
  authorizationEndpoint: setting(
    'GOOGLE_AUTHORIZATION_ENDPOINT',
    googleOr(google.authorizationEndpoint),
    loopbackRemedy,
  ),
  tokenEndpoint: setting('GOOGLE_TOKEN_ENDPOINT', googleOr(google.tokenEndpoint), loopbackRemedy),
  revocationEndpoint: setting(
    'GOOGLE_REVOCATION_ENDPOINT',
    googleOr(google.revocationEndpoint),
    loopbackRemedy,
  ),
  gmailRootUrl: setting('GMAIL_ROOT_URL', googleOr(google.gmailRootUrl), loopbackRemedy),
};

type Settings = typeof settings;

/** A setting's name. */
export type SettingName = keyof Settings;

/** How a setting is read from text. What an error says of a wrong value follows the setting's name. */
export interface Readable {
  readonly schema: v.GenericSchema<string | undefined, unknown>;
  readonly faultOf: (text: string | undefined) => string;
}

/** The values of settings, by their names. */
export type ValuesOf<Table extends Readonly<Record<string, Readable>>> = {
  readonly [Name in keyof Table]: v.InferOutput<Table[Name]['schema']>;
};

/** The settings that a function asked for. */
export type Config<Name extends SettingName = SettingName> = ValuesOf<Pick<Settings, Name>>;

/** The environment does not configure the product. The message names everything that is wrong, at once. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
}

/** Returns the name of the environment variable that holds a setting. */
export function variableOf(name: SettingName): string {
  return settings[name].variable;
}

/**
 * Reads the named settings from environment variables, once, when a function starts. An empty variable counts as unset.
 *
 * @throws ConfigError naming every faulty variable with its remedy. It repeats no value, except a short word where the
 *   setting is one of several words.
 */
export function readConfig<Name extends SettingName>(
  environment: Readonly<Record<string, string | undefined>>,
  ...names: Name[]
): Config<Name> {
  const asked = Object.fromEntries(names.map((name) => [name, settings[name]])) as Pick<Settings, Name>;
  const texts = Object.fromEntries(names.map((name) => [name, environment[variableOf(name)] || undefined]));
  const { values, faults } = readEach(asked, texts, variableOf);
  if (faults.length > 0) throw new ConfigError(`The configuration is faulty.\n${faults.join('\n')}`);
  return values as Config<Name>;
}

/**
 * Reads each setting of a table from its text.
 *
 * @param nameOf what a setting is called where it is given
 * @returns the values of those that are right, and what is wrong with the others
 */
export function readEach<Table extends Readonly<Record<string, Readable>>>(
  table: Table,
  texts: Readonly<Record<string, string | undefined>>,
  nameOf: (name: keyof Table & string) => string,
): { values: Partial<ValuesOf<Table>>; faults: string[] } {
  const values: Record<string, unknown> = {};
  const faults: string[] = [];
  for (const [name, { schema, faultOf }] of Object.entries(table)) {
    const result = v.safeParse(schema, texts[name]);
    if (result.success) values[name] = result.output;
    else faults.push(`${nameOf(name)} ${faultOf(texts[name])}`);
  }
  return { values: values as Partial<ValuesOf<Table>>, faults };
}

/** A setting that is missing or not valid, which an error says with its remedy. */
export function setting<Schema extends Readable['schema']>(variable: string, schema: Schema, remedy: string) {
  const faultOf = (text: string | undefined) => `is ${text ? 'not valid' : 'missing'}: ${remedy}`;
  return { variable, schema, faultOf };
}

/** A setting that is one of several words. */
export function choice<const Words extends readonly [string, ...string[]]>(
  variable: string,
  words: Words,
  usual: Words[number],
  note = '',
) {
  const known = words.map((word) => `\`${word}\``);
  const list = [known.slice(0, -1).join(', '), known.at(-1)].join(' or ');
  const faultOf = (text = '') => `must be ${list}${shortValue(text)}${note}`;
  return { variable, schema: v.optional(v.picklist(words), usual), faultOf };
}

/** A wrong value as an error repeats it: only a short word, since a token or secret that was set by mistake is longer. */
export function shortValue(text: string): string {
  return /^[\w-]{1,12}$/.test(text) ? ` (got \`${text}\`)` : '';
}
