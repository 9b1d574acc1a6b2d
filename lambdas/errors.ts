interface ProblemKind {
  /** The HTTP status. */
  readonly status: number;
  /** One line for the user: what happened. */
  readonly title: string;
  /** What to do next, unless the thrown Problem has its own. */
  readonly detail: string;
  /** A new consent is the remedy: the response has an `authorizationUrl`. */
  readonly consent?: true;
  /** A new consent would fail in the same way. The access granted at Google was discarded and can be removed there. */
  readonly leavesAccess?: true;
}

/** The page where a user removes an application's access at Google. */
export const googleConnections = 'https://myaccount.google.com/connections';

/** Every problem of this product: its stable code, its HTTP status and its text. */
export const problems = {
  invalid_request: {
    status: 400,
    title: 'The request is invalid',
    detail: 'Correct the request and send it again.',
  },
  invalid_state: {
    status: 400,
    title: 'This sign-in has expired or was not started in this browser',
    detail: 'Start again: a sign-in works once, for ten minutes, in the browser that started it.',
    consent: true,
  },
  invalid_link: {
    status: 400,
    title: 'This link no longer works',
    detail: 'It has expired, was used, or was opened in another browser first. Ask for a new one.',
  },
  invalid_handoff: {
    status: 400,
    title: 'This handoff is invalid or was already used',
    detail:
      'A handoff works once, for one minute, with the code verifier of the application that started it. Start again.',
  },
  code_exchange_failed: {
    status: 400,
    title: 'Google did not accept the authorization code',
    detail: 'Nothing was stored. Start again: an authorization code works only once.',
    consent: true,
  },
  authorization_failed: {
    status: 400,
    title: 'Google could not grant access',
    detail: 'Nothing was stored. Start again, or ask the administrator of this site.',
    consent: true,
  },
  no_refresh_token: {
    status: 400,
    title: 'Google returned no refresh token',
    detail:
      'Without it this site cannot read the mailbox while you are away. Nothing was stored. Grant access again.',
    consent: true,
  },
  no_user_id: {
    status: 400,
    title: 'Google did not identify the account',
    detail: 'Nothing was stored. Start again.',
    consent: true,
  },
  login_required: {
    status: 401,
    title: 'You are not signed in',
    detail: 'Sign in with Google first.',
    consent: true,
  },
  grant_revoked: {
    status: 401,
    title: 'Access to your Gmail has ended',
    detail: 'It was removed or has expired. Reconnect to continue.',
    consent: true,
  },
  grant_unreadable: {
    status: 401,
    title: 'The stored token cannot be decrypted',
    detail: 'Grant access again.',
    consent: true,
  },
  client_changed: {
    status: 401,
    title: 'This grant belongs to another OAuth client',
    detail: 'The site now uses a different client ID. Grant access again.',
    consent: true,
  },
  access_denied: {
    status: 403,
    title: 'Access was not granted',
    detail: 'You declined access at Google. Nothing was stored. You can start again at any time.',
    consent: true,
  },
  insufficient_scope: {
    status: 403,
    title: 'Gmail access was not granted',
    detail: 'Grant access again and keep every Gmail permission selected.',
    consent: true,
  },
  account_mismatch: {
    status: 403,
    title: 'This is a different Google account',
    detail:
      'Choose the account you are signed in with or invited with, or log out first. Nothing was changed.',
    consent: true,
  },
  sign_up_closed: {
    status: 403,
    title: 'This site connects mailboxes by invitation only',
    detail:
      'Ask the administrator of this site for an invitation. The access you granted at Google was ' +
      `not stored, so this site cannot use it; you can remove it at ${googleConnections}.`,
    leavesAccess: true,
  },
  owner_mismatch: {
    status: 403,
    title: 'This mailbox is already connected for another owner',
    detail: 'Nothing was changed. Disconnect it from that owner first.',
  },
  access_tokens_off: {
    status: 403,
    title: 'This site does not issue access tokens',
    detail: 'Its administrator can allow them with the setting ACCESS_TOKENS.',
  },
  domain_policy: {
    status: 403,
    title: 'A Google Workspace administrator has blocked this application',
    detail: 'Ask the administrator to allow it. Google’s Advanced Protection can also be the cause.',
  },
  gmail_not_enabled: {
    status: 403,
    title: 'This Google account has no Gmail',
    detail: 'Choose another account, or turn on Gmail for this one and try again.',
  },
  messages_refused: {
    status: 403,
    title: 'Gmail returns no messages of this mailbox',
    detail:
      'It returns lists but refuses every message. Ask your Google Workspace administrator. The sync retries once a day.',
  },
  cross_site: {
    status: 403,
    title: 'The request came from another site',
    detail: 'Send it from a page of this site.',
  },
  not_found: {
    status: 404,
    title: 'Not found',
    detail: 'Nothing exists at this address in this mailbox.',
  },
  sync_paused: {
    status: 409,
    title: 'The sync of this mailbox is paused',
    detail: 'It needs a new consent; GET /mailbox returns the reason. Grant access again.',
    consent: true,
  },
  paused_by_operator: {
    status: 409,
    title: 'The administrator of this site has paused the sync of this mailbox',
    detail: 'Only the administrator can resume it. The stored copy can still be read.',
  },
  not_copied: {
    status: 409,
    title: 'This mailbox has no stored copy',
    detail: 'Either this site does not copy mail, or the first sync has not started. Try again later.',
  },
  cursor_too_old: {
    status: 410,
    title: 'This cursor is too old',
    detail: 'Changes are kept for 14 days. List the mailbox again, then continue with after=now.',
  },
  message_too_large: {
    status: 413,
    title: 'The message is too large',
    detail: 'It exceeds 5.5 MB. Request format=metadata, or format=full, which omits large attachments.',
  },
  rate_limited: {
    status: 429,
    title: 'Too many requests for this mailbox',
    detail: 'Try again in a minute.',
  },
  internal_error: {
    status: 500,
    title: 'Something went wrong on this site',
    detail: 'Try again. If it keeps happening, send the request ID to the administrator of this site.',
  },
  google_error: {
    status: 502,
    title: 'Google returned an unexpected response',
    detail: 'Try again later.',
  },
  google_unavailable: {
    status: 503,
    title: 'Google cannot be reached',
    detail: 'Try again later.',
  },
  misconfigured: {
    status: 503,
    title: 'This site is misconfigured',
    detail: 'Its administrator must fix its settings; the log says which.',
  },
  storage_unavailable: {
    status: 503,
    title: 'The database cannot be reached',
    detail: 'Try again later.',
  },
  vault_unavailable: {
    status: 503,
    title: 'The token vault cannot be reached',
    detail: 'Try again later.',
  },
  google_timeout: {
    status: 504,
    title: 'Google took too long to answer',
    detail: 'Try again later.',
  },
} as const satisfies Record<string, ProblemKind>;

/** A problem's stable code. */
export type ProblemCode = keyof typeof problems;

/** Options of one occurrence of a problem. */
export interface ProblemOptions {
  /** Text for the user in place of the default detail. Never contains a secret or mail. */
  readonly detail?: string;
  /** Seconds until a retry makes sense. */
  readonly retryAfterSeconds?: number;
  /** The exhausted quota of the whole Google Cloud project, if Google names it: it is not one mailbox's. */
  readonly projectQuota?: 'minute' | 'day' | undefined;
  /** Where a new consent returns to: a path of this site, or a URL under the allowed return origins. */
  readonly returnTo?: string;
  /** The code challenge of the application on another origin that a new consent returns to. */
  readonly codeChallenge?: string | undefined;
  /** The consent began with a connect link. A new one needs that link too, so the response offers none. */
  readonly invited?: boolean;
  /** Where a browser is redirected instead of getting the problem page. */
  readonly shownAt?: string | undefined;
  /** The operator's remedy, for the log. Fixed text: never contains a secret or mail. */
  readonly remedy?: string;
  /** Offer a new consent although the kind of problem does not imply it. */
  readonly offerConsent?: boolean;
}

/**
 * The only error that this product throws on purpose: a stable code, text for the user, and the cause, which is logged
 * by name and code and never shown. The cause is not in `options`: Lambda logs every enumerable property of a thrown
 * error, and causes contain requests with tokens.
 */
export class Problem extends Error {
  override readonly name = 'Problem';
  readonly code: ProblemCode;
  readonly options: ProblemOptions;

  constructor(code: ProblemCode, { cause, ...options }: ProblemOptions & { readonly cause?: unknown } = {}) {
    super(options.detail ?? retryWords(options) ?? problems[code].detail, { cause });
    this.code = code;
    this.options = options;
  }
}

/**
 * DynamoDB rejected a request because of its content. When one item is written, the cause is that item, for example
 * because it exceeds 400 KB. Unless a caller handles this error, it is reported as `misconfigured`.
 */
export class RefusedByTable extends Problem {
  constructor(cause: unknown) {
    super('misconfigured', { cause });
  }
}

/** The default detail if only the retry time is known. */
function retryWords({ retryAfterSeconds: seconds }: ProblemOptions): string | undefined {
  if (seconds === undefined) return undefined;
  return `Try again in ${seconds} ${seconds === 1 ? 'second' : 'seconds'}.`;
}

/** Problems of a grant or its account: Gmail cannot be read until the user or an administrator has acted. */
export const grantProblems: readonly ProblemCode[] = [
  'grant_revoked',
  'grant_unreadable',
  'client_changed',
  'insufficient_scope',
  'domain_policy',
  'gmail_not_enabled',
];

/** Google does not answer, or not as documented; a retry may succeed. */
export const googleFailures: readonly ProblemCode[] = [
  'google_error',
  'google_unavailable',
  'google_timeout',
];

/** Whether the text is a problem's code. */
export function isProblemCode(text: string): text is ProblemCode {
  return Object.hasOwn(problems, text);
}

/** Whether a new consent would fail in the same way, and discarded access can be removed at Google. */
export function leavesAccess(code: ProblemCode): boolean {
  return 'leavesAccess' in problems[code];
}

/** Whether a new consent is the remedy of this kind of problem. */
export function needsConsent(code: ProblemCode): boolean {
  return 'consent' in problems[code];
}

/** Gmail answered 401: the access token is invalid, whatever its expiry. */
export class AccessTokenRefused extends Error {
  override readonly name = 'AccessTokenRefused';
}
