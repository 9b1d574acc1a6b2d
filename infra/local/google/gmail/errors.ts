import { type Answer, json } from '../http.ts';
import type { Refusal } from '../quota.ts';

/** Google's status name in error bodies. */
const statusNames: Readonly<Record<number, string>> = {
  400: 'INVALID_ARGUMENT',
  401: 'UNAUTHENTICATED',
  403: 'PERMISSION_DENIED',
  404: 'NOT_FOUND',
  429: 'RESOURCE_EXHAUSTED',
};

/** A call that Gmail answers with an error. */
export class GmailError extends Error {
  override readonly name = 'GmailError';
  /** The response in the form of Google's JSON errors. */
  readonly answer: Answer;

  constructor(
    code: number,
    reason: string,
    message: string,
    extra: {
      readonly details?: readonly unknown[];
      readonly headers?: Readonly<Record<string, string>>;
      readonly location?: { readonly locationType: string; readonly location: string };
      readonly domain?: string;
      readonly status?: string;
    } = {},
  ) {
    super(message);
    const errors = [{ message, domain: extra.domain ?? 'global', reason, ...extra.location }];
    const status = extra.status ?? statusNames[code] ?? 'UNKNOWN';
    const error = { code, message, errors, status, details: extra.details };
    this.answer = json({ error }, code, extra.headers);
  }
}

/** The access token is revoked, expired, unknown or missing. */
export function invalidCredentials(): GmailError {
  const message =
    'Request had invalid authentication credentials. Expected OAuth 2 access token, login cookie or other valid authentication credential.';
  return new GmailError(401, 'authError', message, {
    headers: { 'www-authenticate': 'Bearer realm="https://accounts.google.com/", error="invalid_token"' },
    location: { locationType: 'header', location: 'Authorization' },
  });
}

/** The token's scopes do not allow this method. */
export function insufficientScopes(method: string): GmailError {
  const details = [
    {
      '@type': 'type.googleapis.com/google.rpc.ErrorInfo',
      reason: 'ACCESS_TOKEN_SCOPE_INSUFFICIENT',
      domain: 'googleapis.com',
      metadata: { service: 'gmail.googleapis.com', method },
    },
  ];
  return new GmailError(403, 'insufficientPermissions', 'Request had insufficient authentication scopes.', {
    details,
    headers: {
      'www-authenticate': 'Bearer realm="https://accounts.google.com/", error="insufficient_scope"',
    },
  });
}

/** A parameter is invalid. */
export function invalidArgument(message: string): GmailError {
  return new GmailError(400, 'invalidArgument', message);
}

/** The account has no mailbox, or Google temporarily cannot serve it. */
export function failedPrecondition(message: string): GmailError {
  return new GmailError(400, 'failedPrecondition', message, { status: 'FAILED_PRECONDITION' });
}

/** There is no such message, thread, label or history. */
export function notFound(): GmailError {
  return new GmailError(404, 'notFound', 'Requested entity was not found.');
}

/** The quota is spent. */
export function refused(refusal: Refusal): GmailError {
  switch (refusal) {
    case 'tooManyConcurrentRequests':
      return new GmailError(429, 'rateLimitExceeded', 'Too many concurrent requests for user', {
        domain: 'usageLimits',
      });
    case 'userRateLimitExceeded':
      return quotaExceeded(refusal, 'Queries per minute per user');
    case 'rateLimitExceeded':
      return quotaExceeded(refusal, 'Queries per minute');
    case 'dailyLimitExceeded':
      return quotaExceeded(refusal, 'Queries per day');
  }
}

function quotaExceeded(reason: string, limit: string): GmailError {
  const message = `Quota exceeded for quota metric 'Queries' and limit '${limit}' of service 'gmail.googleapis.com' for consumer 'project_number:100000000000'.`;
  return new GmailError(403, reason, message, { domain: 'usageLimits' });
}
