import { describe, expect, test } from 'vitest';
import { Problem } from '../../../lambdas/errors.ts';
import { browserHeaders, jsonOf, locationOf } from '../../support/api-event.ts';
import { code, origin } from '../../support/consent-journey.ts';
import { grantOf } from '../../support/doubles/grants.ts';
import { sessionOf } from '../../support/doubles/memory-sessions.ts';
import { tokenNamed } from '../../support/doubles/tokens.ts';
import { linkJourney } from '../../support/link-journey.ts';

/** The consent that a connect link began, which Google's token endpoint refuses. */
function refusedJourney() {
  const journey = linkJourney();
  journey.google.answer = () => Promise.reject(new Problem('code_exchange_failed'));
  return journey;
}

describe('a consent through a connect link that failed', () => {
  test.each([
    ['at Google', { error: 'access_denied' }, 'access_denied'],
    ['at the exchange', { code }, 'code_exchange_failed'],
  ])('%s starts anew with the link alone, which we do not know', async (_, query, problem) => {
    const journey = refusedJourney();
    const answer = await journey.callback(await journey.begin(), query);
    expect(jsonOf(answer)).toMatchObject({
      code: problem,
      detail: expect.stringContaining('open it once more'),
    });
    expect(jsonOf(answer)).not.toHaveProperty('authorizationUrl');
  });

  test('leads a browser to a page that says so', async () => {
    const journey = refusedJourney();
    const request = { headers: browserHeaders };
    const answer = await journey.callback(await journey.begin(), { code }, request);
    expect(locationOf(answer).href).toBe(`${origin}/auth/problem?problem=code_exchange_failed&invited=true`);
  });

  test('is not made up for by who is signed in: nobody is told that the invitation was followed', async () => {
    const journey = refusedJourney();
    journey.grants.rows.set('account-1', await grantOf(journey.cipher));
    await journey.sessions.put(sessionOf(tokenNamed('session')));
    const visit = await journey.begin({ '__Host-session': tokenNamed('session') });
    expect(jsonOf(await journey.callback(visit))['code']).toBe('code_exchange_failed');
    expect(journey.links.rows.size).toBe(1);
  });
});
