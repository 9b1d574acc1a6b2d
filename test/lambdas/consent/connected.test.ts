import { describe, expect, test } from 'vitest';
import type { ConsentCompletion } from '../../../lambdas/consent/complete-consent.ts';
import { Problem } from '../../../lambdas/errors.ts';
import { jsonOf } from '../../support/api-event.ts';
import { consentJourney, origin } from '../../support/consent-journey.ts';
import { grantedScopes, grantOf, modifyScope } from '../../support/doubles/grants.ts';
import { sessionOf } from '../../support/doubles/memory-sessions.ts';
import { exchangedCode } from '../../support/doubles/scripted-exchange.ts';
import { tokenNamed } from '../../support/doubles/tokens.ts';

/** A consent that keeps what it told the sync, and how many were signed in then. */
function watchedJourney() {
  const told: { accountId: string; generation: string; sessions: number }[] = [];
  const journey = consentJourney({
    connected: async ({ accountId, generation }) => {
      told.push({ accountId, generation, sessions: journey.sessions.rows.size });
    },
  });
  return { journey, told };
}

describe('the sync is told of a grant', () => {
  test('that was stored, before the browser is signed in', async () => {
    const { journey, told } = watchedJourney();
    expect((await journey.consent()).status).toBe(303);
    const { generation } = journey.grants.rows.get('account-1') ?? {};
    expect(told).toEqual([{ accountId: 'account-1', generation, sessions: 0 }]);
    expect(journey.sessions.rows.size).toBe(1);
  });

  test('with the address that Google shows now, which is not stored before', async () => {
    const shown: unknown[] = [];
    const journey = consentJourney({
      connected: async ({ email }, person) => void shown.push([email, person.email, person.emailVerified]),
    });
    journey.put(await grantOf(journey.cipher));
    journey.google.answer = async () => exchangedCode({ email: 'moved@example.com', emailVerified: true });
    expect((await journey.consent()).status).toBe(303);
    expect(shown).toEqual([['ann@example.com', 'moved@example.com', true]]);
    expect(journey.grants.rows.get('account-1')?.email).toBe('ann@example.com');
  });

  test('that was kept, since no refresh token came', async () => {
    const { journey, told } = watchedJourney();
    journey.put(await grantOf(journey.cipher));
    journey.google.answer = async () => exchangedCode({ refreshToken: undefined });
    expect((await journey.consent()).status).toBe(303);
    expect(told).toEqual([{ accountId: 'account-1', generation: 'generation-1', sessions: 0 }]);
  });

  test('that was kept, since the new one is narrower', async () => {
    const { journey, told } = watchedJourney();
    journey.put(await grantOf(journey.cipher, { scopes: [...grantedScopes, modifyScope] }));
    expect((await journey.consent()).status).toBe(303);
    expect(told).toMatchObject([{ accountId: 'account-1', generation: 'generation-1' }]);
  });
});

describe('the sync is not told of a consent', () => {
  test.each([
    ['that brought no refresh token where none is stored', { refreshToken: undefined }],
    ['without the Gmail scope', { scopes: ['openid'] }],
    ['of another account than the one expected', { accountId: 'account-2' }],
  ])('%s', async (_, exchanged) => {
    const { journey, told } = watchedJourney();
    const session = tokenNamed('session');
    await journey.sessions.put(sessionOf(session));
    journey.google.answer = async () => exchangedCode(exchanged);
    await journey.consent({ cookies: { '__Host-session': session } });
    expect(told).toEqual([]);
  });

  test('whose code Google refused', async () => {
    const { journey, told } = watchedJourney();
    journey.google.answer = () => Promise.reject(new Problem('code_exchange_failed'));
    await journey.consent();
    expect(told).toEqual([]);
  });
});

describe('the sync could not be told', () => {
  const down: ConsentCompletion['connected'] = () => Promise.reject(new Problem('storage_unavailable'));

  test('nobody is signed in, and a new consent is offered; the grant stands for it', async () => {
    const journey = consentJourney({ connected: down });
    const answer = await journey.consent({ query: 'return_to=%2Fmailbox' });
    expect(jsonOf(answer)).toMatchObject({
      status: 503,
      code: 'storage_unavailable',
      authorizationUrl: `${origin}/auth/login?return_to=%2Fmailbox`,
    });
    expect(answer.cookies).toEqual([]);
    expect(journey.sessions.rows.size).toBe(0);
    expect(journey.grants.rows.get('account-1')?.status).toBe('active');
  });
});
