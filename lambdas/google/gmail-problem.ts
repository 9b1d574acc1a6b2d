import * as v from 'valibot';
import { AccessTokenRefused, Problem } from '../errors.ts';
import { failedResponse, type GoogleResponse, isOversize, unreachable } from './failure.ts';
import { retryAfterSeconds } from './retry-after.ts';

/** The body of a Gmail error. Reasons are in `errors`; newer ones are in `details` too. */
const gmailError = v.object({
  error: v.object({
    message: v.optional(v.string(), ''),
    status: v.optional(v.string(), ''),
    errors: v.optional(v.array(v.object({ reason: v.optional(v.string(), '') })), []),
    details: v.optional(v.array(v.object({ reason: v.optional(v.string(), '') })), []),
  }),
});

/** Reasons that demand a lower rate (Google, “Gmail API: resolve errors”). */
const rateReasons = [
  'rateLimitExceeded',
  'userRateLimitExceeded',
  'dailyLimitExceeded',
  'quotaExceeded',
  'RATE_LIMIT_EXCEEDED',
];

const scopeReasons = ['insufficientPermissions', 'ACCESS_TOKEN_SCOPE_INSUFFICIENT'];

/** Reasons that only the operator can remove, in Google's console. */
const operatorsReasons = ['accessNotConfigured', 'SERVICE_DISABLED'];

/** The message and the reasons of a Gmail error. Code can rely on the reasons. Both are empty if Gmail sends none. */
export function readGmailError(data: unknown): {
  readonly message: string;
  readonly reasons: readonly string[];
} {
  const body = v.safeParse(gmailError, data);
  if (!body.success) return { message: '', reasons: [] };
  const { message, errors, details } = body.output.error;
  return { message, reasons: [...errors, ...details].map(({ reason }) => reason) };
}

/** Whether the account, not the request, fails Gmail's precondition: it has no mailbox, or the failure is transient. */
export function failsPrecondition(data: unknown): boolean {
  const body = v.safeParse(gmailError, data);
  if (!body.success) return false;
  const { status, errors } = body.output.error;
  return status === 'FAILED_PRECONDITION' || errors.some(({ reason }) => reason === 'failedPrecondition');
}

/** Whether the failed precondition is transient, so that a retry may succeed. */
export function isTransientFailure(data: unknown): boolean {
  return failsPrecondition(data) && !lacksGmail(readGmailError(data).message);
}

function lacksGmail(message: string): boolean {
  return /mail service not enabled/i.test(message);
}

/**
 * The problem that a failed Gmail call means for the caller. `rate_limited` and `google_unavailable` carry a retry time
 * only if Google named one.
 */
export function gmailProblem(error: unknown, now: number): Problem | AccessTokenRefused {
  const answer = failedResponse(error);
  if (answer !== undefined) return problemOfResponse(answer, now);
  return isOversize(error) ? new Problem('message_too_large') : unreachable(error);
}

/** The problem that a Gmail error status means for the caller, of a single call or of a part of a batch. */
export function problemOfResponse(answer: GoogleResponse, now: number): Problem | AccessTokenRefused {
  const { message, reasons } = readGmailError(answer.data);
  const says = (known: readonly string[]) => reasons.some((reason) => known.includes(reason));
  const { status } = answer;
  if (status === 401) return new AccessTokenRefused();
  const seconds = retryAfterSeconds(answer.headers, message, now);
  const wait = seconds === undefined ? {} : { retryAfterSeconds: seconds };
  if (status === 429 || (status === 403 && says(rateReasons))) {
    return new Problem('rate_limited', { ...wait, projectQuota: projectQuotaOf(message, reasons) });
  }
  if (status === 403 && says(['domainPolicy'])) return new Problem('domain_policy');
  if (status === 403 && says(scopeReasons)) return new Problem('insufficient_scope');
  if (status === 403 && says(operatorsReasons)) {
    return new Problem('misconfigured', {
      remedy: 'enable the Gmail API for the project in Google’s console',
    });
  }
  if (status === 404) return new Problem('not_found');
  if (status === 400 && failsPrecondition(answer.data)) {
    if (lacksGmail(message)) return new Problem('gmail_not_enabled');
    return new Problem('google_unavailable', { cause: new Error('Precondition check failed.'), ...wait });
  }
  if (status === 400 || (status === 403 && message.includes('Metadata scope')))
    return refusedRequest(message);
  const cause = new Error(`Status ${status}.`);
  return status >= 500
    ? new Problem('google_unavailable', { cause, ...wait })
    : new Problem('google_error', { cause });
}

/**
 * The exhausted quota of the whole project. Google names the limit in the text: “… and limit 'Queries per minute' of
 * service …” is the project's, “'Queries per minute per user'” is not.
 */
function projectQuotaOf(message: string, reasons: readonly string[]): 'minute' | 'day' | undefined {
  if (reasons.includes('dailyLimitExceeded')) return 'day';
  const limit = /\blimit '([^']{1,200})'/.exec(message)?.[1] ?? '';
  if (/per user/i.test(limit)) return undefined;
  return /per day/i.test(limit) ? 'day' : /per minute/i.test(limit) ? 'minute' : undefined;
}

/** For example a page token that Gmail does not know, or `q` under the metadata scope. */
function refusedRequest(message: string): Problem {
  return new Problem('invalid_request', { detail: `Gmail refused the request: ${message.slice(0, 300)}` });
}
