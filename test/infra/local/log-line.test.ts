import { expect, test } from 'vitest';
import { logLine } from '../../../infra/local/log-line.ts';

const record = { time: '2026-11-22T16:05:09.123Z', level: 'info', functionName: 'auth-url' } as const;

test('a record is one line: time, level, function, what happened, fields', () => {
  const fields = { event: 'request', status: 303, route: 'GET /auth/login', list: [1] };
  expect(logLine({ ...record, fields })).toBe(
    '16:05:09 info  auth-url           request status=303 route=GET /auth/login list=[1]',
  );
});

test('whatever it holds, it stays one line and moves no terminal', () => {
  const fields = { message: 'one\ntwo', value: '\u001b[2J' };
  const line = logLine({ ...record, fields });
  expect(line).toContain('"one\\ntwo" value="\\u001b[2J"');
  expect(line).not.toMatch(/\p{Cc}/u);
});
