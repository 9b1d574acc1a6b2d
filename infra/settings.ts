import {
  choice,
  type Readable,
  settings as read,
  type SettingName,
  type ValuesOf,
  variableOf,
} from '../lambdas/config.ts';

/** A setting with its documentation. */
export interface Setting extends Readable {
  /** Its environment variable; absent for options of deployments only. */
  readonly variable?: string;
  /** Its meaning, as Markdown in `infra/settings.md`. */
  readonly words: string;
  /** The default in words, if it is no fixed value. */
  readonly usually?: string;
  /** The default of `npm start`, if it differs. */
  readonly locally?: string;
  /** The type of its property, if it is neither text nor one of several words. */
  readonly type?: string;
}

const list = 'readonly string[]';

/** The settings of both deployments and `npm start`. */
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
      'addresses to which a consent can return, such as `https://app.example.com/signed-in`. An origin or an app’s ' +
      'scheme alone (`com.example.app:`) stands for its root path. Pages of these origins can call the API. Connect ' +
      'links can return to any path of these origins',
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
    words:
      'quota units that the sync may spend per day (Pacific time). When they are used up, mailboxes wait',
  },
  pollSeconds: {
    ...read.pollSeconds,
    type: 'number',
    locally: 'one tick',
    words:
      'seconds between polls of an active mailbox. A value below the sync’s tick (60 seconds) has no effect',
  },
  quietPollSeconds: {
    ...read.quietPollSeconds,
    type: 'number',
    locally: 'five ticks',
    words: 'maximum seconds between polls of a quiet mailbox',
  },
} satisfies Readonly<Record<string, Setting>>;

export const dpop = {
  ...choice('DPOP', ['off', 'on'], 'off'),
  words:
    '`on`: Google binds the refresh token of each new consent to a key that cannot be exported. Without permission to ' +
    'sign with that key, the token is useless. Not yet tested with the real Google: run ' +
    '[the contract tests](../test/contract/README.md) first. The runbook says ' +
    '[how to turn it off](tools/README.md#turn-bound-tokens-off)',
} satisfies Setting;

/** The environment variables of these settings, without the undefined ones. */
export function variablesOf(
  texts: Readonly<Partial<Record<SettingName, string | undefined>>>,
): Record<string, string> {
  const given = Object.entries(texts).flatMap(([name, text]) =>
    text === undefined ? [] : [[variableOf(name as SettingName), text] as const],
  );
  return Object.fromEntries(given);
}

/** How error messages write settings. */
export interface Notation {
  readonly nameOf: (name: string) => string;
  /** As in `SIGN_UP=domains`. */
  readonly given: (name: string, value: string) => string;
}

/** Finds contradictions: the rule `domains` without domains, or domains without that rule. */
export function faultsOfSignUp(
  { signUp, signUpDomains }: Partial<ValuesOf<Pick<typeof readByFunctions, 'signUp' | 'signUpDomains'>>>,
  { nameOf, given }: Notation,
): string[] {
  if (signUp === undefined || signUpDomains === undefined) return [];
  const rule = given('signUp', 'domains');
  const listed = signUpDomains.length > 0;
  if (signUp === 'domains' && !listed) return [`${nameOf('signUpDomains')} is missing: ${rule} needs them`];
  if (signUp === 'domains' || !listed) return [];
  return [`${nameOf('signUpDomains')} must be unset unless ${rule}`];
}
