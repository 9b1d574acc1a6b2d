import * as v from 'valibot';
import { AccessTokenRefused, Problem } from '../errors.ts';
import { type FailedAnswer, failedAnswer, isOversize, unreachable } from './failure.ts';
import { retryAfterSeconds } from './retry-after.ts';

/** The body of Gmail's errors; reasons stand in `errors`, newer ones in `details` too. */
const gmailError = v.object({
  error: v.object({
    message: v.optional(v.string(), ''),
    errors: v.optional(v.array(v.object({ reason: v.optional(v.string(), '') })), []),
    details: v.optional(v.array(v.object({ reason: v.optional(v.string(), '') })), []),
  }),
});

/** Reasons that mean: slow down (Google, “Gmail API: resolve errors”). */
const rateReasons = [
  'rateLimitExceeded',
  'userRateLimitExceeded',
  'dailyLimitExceeded',
  'quotaExceeded',
  'RATE_LIMIT_EXCEEDED',
];

const scopeReasons = ['insufficientPermissions', 'ACCESS_TOKEN_SCOPE_INSUFFICIENT'];

/** Reasons that only the operator can mend, in Google's console. */
const operatorsReasons = ['accessNotConfigured', 'SERVICE_DISABLED'];

/** What a failed call of Gmail means for the caller. */
export function gmailProblem(error: unknown, now: number): Problem | AccessTokenRefused {
  const answer = failedAnswer(error);
  if (answer === undefined) {
    return isOversize(error) ? new Problem('message_too_large') : unreachable(error);
  }
  const body = v.safeParse(gmailError, answer.data);
  const { message, reasons } = body.success
    ? {
        message: body.output.error.message,
        reasons: [...body.output.error.errors, ...body.output.error.details].map(({ reason }) => reason),
      }
    : { message: '', reasons: [] };
  const says = (known: readonly string[]) => reasons.some((reason) => known.includes(reason));
  const { status } = answer;
  if (status === 401) return new AccessTokenRefused();
  if (status === 429 || (status === 403 && says(rateReasons))) return slowDown(answer, message, now);
  if (status === 403 && says(['domainPolicy'])) return new Problem('domain_policy');
  if (status === 403 && says(scopeReasons)) return new Problem('insufficient_scope');
  if (status === 403 && says(operatorsReasons)) {
    return new Problem('misconfigured', {
      remedy: 'enable the Gmail API for the project in Google’s console',
    });
  }
  if (status === 404) return new Problem('not_found');
  if (status === 400 || status === 403) return refusedRequest(message);
  if (status >= 500) return new Problem('google_unavailable', { cause: new Error(`Status ${status}.`) });
  return new Problem('google_error', { cause: new Error(`Status ${status}.`) });
}

function slowDown({ headers }: FailedAnswer, message: string, now: number): Problem {
  return new Problem('rate_limited', { retryAfterSeconds: retryAfterSeconds(headers, message, now) });
}

/** Such as a page token that Gmail does not know, or `q` under the metadata scope. */
function refusedRequest(message: string): Problem {
  return new Problem('invalid_request', { detail: `Gmail refused the request: ${message.slice(0, 300)}` });
}
