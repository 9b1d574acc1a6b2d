import { expect, test } from 'vitest';
import { codeIdOf } from '../../../lambdas/consent/refused-codes.ts';
import { browserHeaders } from '../../support/api-event.ts';
import { consentJourney } from '../../support/consent-journey.ts';

const code = '4/0AeanS0Y8Xb3uZ0mVfWq6cJwP1kT9rLxN5dHgE2sQa7oMiB-_w';

test.each([
  ` ${code}\n`,
  `${code}==`,
  encodeURIComponent(code),
  `${code.slice(0, -1)}x`,
  code.replace('-_', '+/'),
])('another spelling of the same bytes is the same code: %j', (spelt) => {
  expect(codeIdOf(spelt)).toBe(codeIdOf(code));
});

test('another code is another one, and neither is stored itself', () => {
  expect(codeIdOf(code.replace('Xb3', 'Xb4'))).not.toBe(codeIdOf(code));
  expect(codeIdOf(code)).toMatch(/^[\w-]{43}$/);
});

test('a code that a browser brings with a refused state is refused for a day with every other state', async () => {
  const journey = consentJourney();
  const refused = await journey.callback({ state: 'unknown', code }, { headers: browserHeaders });
  expect(refused.status).toBe(303);
  expect([...journey.refusedCodes.rows]).toEqual([[codeIdOf(code), journey.clock() + 86_400_000]]);
  const { state, browser } = await journey.begin();
  const answer = await journey.callback({ state, code }, { cookies: browser });
  expect(answer.text).toContain('code_exchange_failed');
  expect(journey.google.calls).toEqual([]);
  expect(journey.sessions.rows.size).toBe(0);
});

test.each<[string, string, Record<string, string>]>([
  ['that a program brings, such as a scanner of addresses', `state=x&code=${code}`, {}],
  ['that is longer than any of Google’s', `state=x&code=${'a'.repeat(513)}`, browserHeaders],
  ['that comes twice, as Google never sends one', `state=x&code=${code}&code=${code}`, browserHeaders],
  ['that is empty', 'state=x&code=', browserHeaders],
  ['in advance', `state=x&code=${code}`, { ...browserHeaders, 'sec-purpose': 'prefetch' }],
])('nothing is stored of a code %s', async (_, query, headers) => {
  const journey = consentJourney();
  await journey.callback(query, { headers });
  expect(journey.refusedCodes.rows.size).toBe(0);
});
