import { expect, test } from 'vitest';
import { createMailboxOpener } from '../../../lambdas/google/gmail.ts';
import { answering, gmailError, now } from './support.ts';

test.each([
  ['that Google names', { 'retry-after': '17' }, 17],
  ['of ten where it names none', {}, 10],
])('who waits for an answer is told the seconds %s', async (_, headers, retryAfterSeconds) => {
  const transport = answering(JSON.stringify(gmailError(429, 'rateLimitExceeded')), {
    status: 429,
    headers: { 'content-type': 'application/json', ...headers },
  });
  const open = createMailboxOpener({ rootUrl: 'https://gmail.example.com/', transport, clock: () => now });
  await expect(open('an access token').listMessages({})).rejects.toMatchObject({
    code: 'rate_limited',
    options: { retryAfterSeconds },
  });
  expect(transport.calls).toBe(1);
});

test('who waits for an answer has a dropped call tried once more', async () => {
  const transport = answering('{}', { status: 503 });
  const open = createMailboxOpener({ rootUrl: 'https://gmail.example.com/', transport });
  await expect(open('an access token').listMessages({})).rejects.toMatchObject({
    code: 'google_unavailable',
  });
  expect(transport.calls).toBe(2);
});
