import { expect, test } from 'vitest';
import { isProblemCode, Problem, problems } from '../../lambdas/errors.ts';

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
