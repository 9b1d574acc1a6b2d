import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { describeError, type LogFields, log } from '../../lambdas/log.ts';

beforeEach(() => {
  for (const level of ['info', 'warn', 'error'] as const) vi.spyOn(console, level).mockReturnValue();
});

afterEach(() => {
  vi.restoreAllMocks();
});

test.each(['info', 'warn', 'error'] as const)('a line of level %s is one object on that level', (level) => {
  log[level]({ event: 'request', status: 200, requestId: 'r' });
  expect(console[level]).toHaveBeenCalledExactlyOnceWith({ event: 'request', status: 200, requestId: 'r' });
});

test('a field that is not on the list is dropped when the program runs, whatever the types say', () => {
  const careless: LogFields = Object.assign({ event: 'request' }, { token: 'ya29.canary', cookie: 'canary' });
  log.info(careless);
  expect(console.info).toHaveBeenCalledExactlyOnceWith({ event: 'request' });
});

test('a field without a value is left out', () => {
  log.info({ event: 'request', code: undefined });
  expect(console.info).toHaveBeenCalledExactlyOnceWith({ event: 'request' });
});

test('an error is told by name, code and place, never by its message', () => {
  const error = Object.assign(new TypeError('token ya29.canary'), { code: 'ECONNRESET' });
  const described = describeError(error);
  expect(described).toMatchObject({ errorName: 'TypeError', errorCode: 'ECONNRESET' });
  expect(described.stack).toMatch(/^ {4}at .*log\.test\.ts/);
  expect(JSON.stringify(described)).not.toContain('canary');
});

test('a message of several lines, which may look like places, is not told either', () => {
  const error = new Error('refused\n    at ya29.canary\n    at cookie=canary');
  expect(JSON.stringify(describeError(error))).not.toContain('canary');
});

test('what is thrown though it is no error is told by its type alone', () => {
  expect(describeError('ya29.canary')).toEqual({ errorName: 'string' });
  expect(describeError(undefined)).toEqual({ errorName: 'undefined' });
});

test('a code that is no text is not told', () => {
  expect(describeError(Object.assign(new Error(), { code: { secret: 1 } })).errorCode).toBeUndefined();
});
