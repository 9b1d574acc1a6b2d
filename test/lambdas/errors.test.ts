import { expect, test } from 'vitest';
import { isProblemCode, needsConsent, Problem, problems } from '../../lambdas/errors.ts';

/** The contract: every code with its status. */
const statuses = {
  invalid_request: 400,
  invalid_state: 400,
  invalid_link: 400,
  invalid_handoff: 400,
  code_exchange_failed: 400,
  authorization_failed: 400,
  no_refresh_token: 400,
  no_user_id: 400,
  login_required: 401,
  grant_revoked: 401,
  grant_unreadable: 401,
  client_changed: 401,
  access_denied: 403,
  insufficient_scope: 403,
  account_mismatch: 403,
  sign_up_closed: 403,
  owner_mismatch: 403,
  access_tokens_off: 403,
  domain_policy: 403,
  gmail_not_enabled: 403,
  messages_refused: 403,
  cross_site: 403,
  not_found: 404,
  sync_paused: 409,
  paused_by_operator: 409,
  not_copied: 409,
  cursor_too_old: 410,
  message_too_large: 413,
  rate_limited: 429,
  internal_error: 500,
  google_error: 502,
  google_unavailable: 503,
  misconfigured: 503,
  storage_unavailable: 503,
  vault_unavailable: 503,
  google_timeout: 504,
};

test('every problem has the status that callers rely on', () => {
  expect(Object.fromEntries(Object.entries(problems).map(([code, { status }]) => [code, status]))).toEqual(
    statuses,
  );
});

test('a new consent is offered just where it is the remedy', () => {
  const offered = Object.keys(problems).filter((code) => isProblemCode(code) && needsConsent(code));
  expect(offered.toSorted()).toEqual(
    [
      'access_denied',
      'account_mismatch',
      'authorization_failed',
      'client_changed',
      'code_exchange_failed',
      'grant_revoked',
      'grant_unreadable',
      'insufficient_scope',
      'invalid_state',
      'login_required',
      'sync_paused',
      'no_refresh_token',
      'no_user_id',
    ].toSorted(),
  );
});

test.each(['toString', '__proto__', 'constructor', '', 'LOGIN_REQUIRED'])(
  '%j is no problem’s code',
  (text) => {
    expect(isProblemCode(text)).toBe(false);
  },
);

test('a problem speaks its kind’s words unless the occasion has better ones, and keeps its cause', () => {
  const cause = new Error('inner');
  expect(new Problem('not_found', { cause })).toMatchObject({
    code: 'not_found',
    message: problems.not_found.detail,
    cause,
  });
  expect(new Problem('not_found', { detail: 'Other words.' }).message).toBe('Other words.');
  const wait = { retryAfterSeconds: 18 };
  expect(new Problem('rate_limited', wait).message).toBe('Try again in 18 seconds.');
  expect(new Problem('rate_limited', { ...wait, detail: 'Other words.' }).message).toBe('Other words.');
});

test('a problem’s cause is not among its properties, which Lambda logs of whatever a function throws', () => {
  const cause = Object.assign(new Error('inner'), {
    config: { headers: { authorization: 'Bearer a canary' } },
  });
  const problem = new Problem('google_error', { cause, detail: 'Words.', retryAfterSeconds: 3 });
  expect({ ...problem }).toStrictEqual({
    ...{ name: 'Problem', code: 'google_error' },
    options: { detail: 'Words.', retryAfterSeconds: 3 },
  });
});
