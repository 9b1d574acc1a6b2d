import {
  choice,
  type Readable,
  settings as read,
  type SettingName,
  type ValuesOf,
  variableOf,
} from '../lambdas/config.ts';

/** A setting that people choose: how it is read, and what the documents say of it. */
export interface Setting extends Readable {
  /** Its environment variable; none where only a deployment has it. */
  readonly variable?: string;
  /** What it means, as Markdown in `infra/settings.md`. */
  readonly words: string;
  /** What holds where it is not given, if that is no fixed value. */
  readonly usually?: string;
  /** The same for `npm start`, where that is something else. */
  readonly locally?: string;
  /** The type of its property, where that is neither text nor one of several words. */
  readonly type?: string;
}

const list = 'readonly string[]';

/** What the functions read, and is chosen in deployments and on one machine alike. */
export const readByFunctions = {
  scopes: {
    ...read.scopes,
    type: list,
    words: 'what a consent asks for: `openid` and at least one Gmail scope',
  },
  allowedReturnOrigins: {
    ...read.allowedReturnOrigins,
    type: list,
    words:
      'addresses to which a consent may lead back, such as `https://app.example.com/signed-in`. An origin or an app’s ' +
      'scheme alone (`com.example.app:`) lists its root. Pages of their origins may call, and connect links lead ' +
      'anywhere under them',
  },
  signUp: {
    ...read.signUp,
    locally: 'open' as const,
    words:
      'who may connect a mailbox [without an invitation](../test/integrations/README.md#owners-and-sign-up): nobody ' +
      '(`links-only`), members of listed Google Workspace domains (`domains`), everybody (`open`)',
  },
  signUpDomains: {
    ...read.signUpDomains,
    type: list,
    words: 'the Google Workspace domains of sign-up by `domains`',
  },
  accessTokens: {
    ...read.accessTokens,
    words:
      '`on`: backends may have [access tokens](../lambdas/api/README.md#post-accountsaccountidaccess-token) to call ' +
      'Gmail themselves',
  },
  copy: {
    ...read.copy,
    words:
      'what is copied of each mailbox: `index` (headers, labels, snippets), or `off` (nothing; what is copied already ' +
      'stays as it is until the disconnect)',
  },
  quotaProfile: {
    ...read.quotaProfile,
    words:
      '`legacy` for a Google Cloud project that used the Gmail API between November 2025 and April 2026: it keeps the ' +
      'older quotas until 1 April 2027',
  },
  dailyUnits: {
    ...read.dailyUnits,
    type: 'number',
    usually: 'that of the profile: 80,000,000; `legacy` has none',
    words: 'quota units a day (Pacific time) that the sync may spend; mailboxes beyond them wait',
  },
  pollSeconds: {
    ...read.pollSeconds,
    type: 'number',
    locally: 'one tick',
    words:
      'seconds between polls of a mailbox where things happen; less than a tick of the sync changes nothing',
  },
  quietPollSeconds: {
    ...read.quietPollSeconds,
    type: 'number',
    locally: 'five ticks',
    words: 'the longest wait, in seconds, of a mailbox where nothing happens',
  },
} satisfies Readonly<Record<string, Setting>>;

/** Whether refresh tokens are bound to a key: the functions know it by the key that they are given. */
export const dpop = {
  ...choice('DPOP', ['off', 'on'], 'off'),
  words:
    '`on`: from its next consent on, Google binds a refresh token to a key that cannot be exported; without the right ' +
    'to sign with it the token is worth nothing. Not proved with the real Google yet: run ' +
    '[the contract tests](../test/contract/README.md) first. The runbook says ' +
    '[how to turn it off](tools/README.md#turn-bound-tokens-off)',
} satisfies Setting;

/** The variables of a function's environment that hold these settings; those that are undefined have none. */
export function variablesOf(
  texts: Readonly<Partial<Record<SettingName, string | undefined>>>,
): Record<string, string> {
  const given = Object.entries(texts).flatMap(([name, text]) =>
    text === undefined ? [] : [[variableOf(name as SettingName), text] as const],
  );
  return Object.fromEntries(given);
}

/** How settings are written where they are given. */
export interface Notation {
  readonly nameOf: (name: string) => string;
  /** As in `SIGN_UP=domains`. */
  readonly given: (name: string, value: string) => string;
}

/** Finds what the functions could not: a rule for signing up without what it needs, or domains that no rule asks for. */
export function faultsOfSignUp(
  { signUp, signUpDomains }: Partial<ValuesOf<Pick<typeof readByFunctions, 'signUp' | 'signUpDomains'>>>,
  { nameOf, given }: Notation,
): string[] {
  if (signUp === undefined || signUpDomains === undefined) return [];
  const rule = given('signUp', 'domains');
  const listed = signUpDomains.length > 0;
  if (signUp === 'domains' && !listed) return [`${nameOf('signUpDomains')} is missing: ${rule} needs them`];
  if (signUp === 'domains' || !listed) return [];
  return [`${nameOf('signUpDomains')} is not valid: leave it unset, or give ${rule}`];
}
