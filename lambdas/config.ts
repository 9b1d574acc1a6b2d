import * as v from 'valibot';
import { isGmailScope } from './scopes.ts';

const text = v.pipe(v.string(), v.nonEmpty());

function isOnLoopback({ protocol, hostname }: URL): boolean {
  return protocol === 'http:' && ['localhost', '127.0.0.1', '[::1]'].includes(hostname);
}

const origin = v.pipe(
  v.string(),
  v.check((value) => {
    const url = URL.parse(value);
    // API Gateway would read `https://*` as every origin.
    if (url === null || url.origin !== value || value.includes('*')) return false;
    return url.protocol === 'https:' || isOnLoopback(url);
  }),
);

/** Google's own address, or a substitute on loopback: any other server would receive the client secret. */
function googleAddress(variable: string, address: string) {
  const isAllowed = (value: string) => {
    const url = URL.parse(value);
    return value === address || (url !== null && isOnLoopback(url));
  };
  const schema = v.optional(v.pipe(v.string(), v.check(isAllowed)), address);
  return setting(variable, schema, 'be unset for Google, or an http:// address on loopback');
}

const wholeNumber = v.pipe(v.string(), v.regex(/^[1-9]\d{0,11}$/), v.transform(Number));

function seconds(variable: string, usual: string) {
  return setting(variable, v.optional(wholeNumber, usual), 'be a whole number of seconds');
}

const words = v.pipe(
  v.string(),
  v.transform((value) => value.split(' ').filter((word) => word !== '')),
);

const scopes = v.pipe(
  words,
  v.check((list) => list.includes('openid') && list.some(isGmailScope)),
);

/** An app's own scheme, which must contain a dot (RFC 8252, 7.1). */
const appScheme = v.pipe(v.string(), v.regex(/^[a-z][a-z0-9+-]*(\.[a-z0-9+-]+)+:$/));

/** Web origins (https, or http on loopback), schemes of apps, and addresses under either, without user and fragment. */
const returnOrigins = v.pipe(
  words,
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
  words,
  v.check((list) => list.every((word) => /^[a-z0-9-]+(\.[a-z0-9-]+)+$/.test(word))),
);

const defaultScopes = 'openid email profile https://www.googleapis.com/auth/gmail.readonly';

/**
 * Each setting that functions read: its environment variable, its schema, and the rule that an error states.
 * `infra/settings.ts` describes those that operators choose. Google's addresses are those of its discovery document
 * (November 2026).
 */
export const settings = {
  /** The site's scheme, host and port, as browsers see them. */
  origin: setting(
    'ORIGIN',
    origin,
    'be the site’s own origin, such as https://mail.example.com, without a path',
  ),
  scopes: setting(
    'SCOPES',
    v.optional(scopes, defaultScopes),
    'list scopes separated by spaces, with openid and at least one Gmail scope',
  ),
  loginsTable: setting('LOGINS_TABLE', text, 'be the name of the logins table'),
  grantsTable: setting('GRANTS_TABLE', text, 'be the name of the grants table'),
  /** The KMS key that encrypts tokens and nothing else. */
  tokenKey: setting('TOKEN_KEY', text, 'be the ARN or alias of the token key'),
  /** The secret from which the MAC key of the logins table is derived, and the version of the derived key. */
  loginKey: setting(
    'LOGIN_KEY',
    loginKey,
    'be the ARN or name of the secret with the login key, and its version after a space',
  ),
  /** The KMS key that refresh tokens are bound to; undefined if they are not bound. */
  dpopKey: setting('DPOP_KEY', v.optional(text), 'be the ARN or alias of a signing key'),
  /** The Secrets Manager secret that holds `client_secret.json`. */
  clientSecretId: setting('CLIENT_SECRET_ID', text, 'be the ARN or name of the secret'),
  /** The ID of the OAuth client in that secret, for functions that need not read it. */
  clientId: setting(
    'CLIENT_ID',
    text,
    'be the `client_id` in client_secret.json, which ends in .apps.googleusercontent.com, never the `client_secret`',
  ),
  mailboxesTable: setting('MAILBOXES_TABLE', text, 'be the name of the mailboxes table'),
  messagesTable: setting('MESSAGES_TABLE', text, 'be the name of the messages table'),
  usageTable: setting('USAGE_TABLE', text, 'be the name of the usage table'),
  changesTable: setting('CHANGES_TABLE', text, 'be the name of the changes table'),
  /** The event bus that changes are published to. */
  eventBus: setting('EVENT_BUS_NAME', text, 'be the name of the event bus'),
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
  userinfoEndpoint: googleAddress(
    'GOOGLE_USERINFO_ENDPOINT',
    'https://openidconnect.googleapis.com/v1/userinfo',
  ),
  /** The keys with which Google signs ID tokens. */
  keysEndpoint: googleAddress('GOOGLE_KEYS_ENDPOINT', 'https://www.googleapis.com/oauth2/v3/certs'),
  syncQueue: setting('SYNC_QUEUE_URL', text, 'be the URL of the sync queue'),
  copy: choice('COPY', ['off', 'index'], 'index'),
  quotaProfile: choice(
    'QUOTA_PROFILE',
    ['2026', 'legacy'],
    '2026',
    ': `legacy` is for a project that used the Gmail API between November 2025 and April 2026',
  ),
  dailyUnits: setting('DAILY_UNITS', v.optional(wholeNumber), 'be a whole number of quota units'),
  pollSeconds: seconds('POLL_SECONDS', '60'),
  quietPollSeconds: seconds('QUIET_POLL_SECONDS', '300'),
  /** The length of the quota's minute in seconds: 60, but less in a local environment that runs faster. */
  minuteSeconds: setting(
    'SYNC_MINUTE_SECONDS',
    v.optional(wholeNumber, '60'),
    'be unset: a minute has 60 seconds',
  ),
  /** The deployment's name, a dimension of its metrics; undefined on a developer's machine. */
  stage: setting('STAGE', v.optional(text), 'be the name of the stage'),
  googleIssuer: googleAddress('GOOGLE_ISSUER', 'https://accounts.google.com'),
  authorizationEndpoint: googleAddress(
    'GOOGLE_AUTHORIZATION_ENDPOINT',
    'https://accounts.google.com/o/oauth2/v2/auth',
  ),
  tokenEndpoint: googleAddress('GOOGLE_TOKEN_ENDPOINT', 'https://oauth2.googleapis.com/token'),
  revocationEndpoint: googleAddress('GOOGLE_REVOCATION_ENDPOINT', 'https://oauth2.googleapis.com/revoke'),
  gmailRootUrl: googleAddress('GMAIL_ROOT_URL', 'https://gmail.googleapis.com/'),
};

type Settings = typeof settings;

/** A setting's name. */
export type SettingName = keyof Settings;

/** How a setting is read from text. An error is the setting's name, followed by `faultOf` its text. */
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

/** The environment variables are invalid. The message names every fault. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
}

/** Returns the name of the environment variable that holds a setting. */
export function variableOf(name: SettingName): string {
  return settings[name].variable;
}

/**
 * Reads the named settings from environment variables when a function starts. An empty variable counts as unset.
 *
 * @throws ConfigError naming every faulty variable and its rule. It repeats no value except a short word given for a
 *   choice.
 */
export function readConfig<Name extends SettingName>(
  environment: Readonly<Record<string, string | undefined>>,
  ...names: Name[]
): Config<Name> {
  const asked = Object.fromEntries(names.map((name) => [name, settings[name]])) as Pick<Settings, Name>;
  const texts = Object.fromEntries(names.map((name) => [name, environment[variableOf(name)] || undefined]));
  const { values, faults } = readEach(asked, texts, variableOf);
  if (faults.length > 0) throw new ConfigError(`The configuration is invalid.\n${faults.join('\n')}`);
  return values as Config<Name>;
}

/**
 * Reads each setting of a table from its text.
 *
 * @param nameOf the setting's name in error messages
 * @returns the valid values, and the faults of the others
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

/** A setting; `rule` follows “must” in errors. */
export function setting<Schema extends Readable['schema']>(variable: string, schema: Schema, rule: string) {
  const faultOf = (text: string | undefined) => `${text ? '' : 'is missing: it '}must ${rule}`;
  return { variable, schema, faultOf };
}

/** A setting whose value is one of several words. */
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

/** The invalid value in an error, if it is a short word: a token or secret given by mistake is longer. */
export function shortValue(text: string): string {
  return /^[\w-]{1,12}$/.test(text) ? ` (got \`${text}\`)` : '';
}
