import { expect, test } from 'vitest';
import type { GrantSummary } from '../../../lambdas/grants/mailbox-status.ts';
import { mailboxStatusRoute } from '../../../lambdas/grants/mailbox-status.ts';
import { createCookieJar } from '../../../lambdas/http/cookies.ts';
import { createHandler } from '../../../lambdas/http/handler.ts';
import { ask, jsonOf } from '../../support/api-event.ts';
import { testClock, testStart } from '../../support/doubles/clock.ts';
import { askedScopes, grantedScopes } from '../../support/doubles/grants.ts';
import { memorySessions, sessionOf } from '../../support/doubles/memory-sessions.ts';
import { recordingLog } from '../../support/doubles/recording-log.ts';
import { tokenNamed } from '../../support/doubles/tokens.ts';

const origin = 'https://mail.example.com';
const session = tokenNamed('session');
const active: GrantSummary = {
  accountId: 'account-1',
  generation: 'generation-1',
  status: 'active',
  email: 'ann@example.com',
  scopes: grantedScopes,
  connectedAt: testStart,
};

function statusOf(
  grant: GrantSummary | undefined,
  cookies: Record<string, string> = { '__Host-session': session },
) {
  const handler = createHandler(
    mailboxStatusRoute({
      sessions: memorySessions(sessionOf(session)),
      findAccount: async (accountId) => (accountId === 'account-1' ? grant : undefined),
      cookies: createCookieJar(origin),
      syncStatus: async () => undefined,
      scopes: askedScopes,
      origin,
      clock: testClock(),
    }),
    { origin, log: recordingLog() },
  );
  return ask(handler, 'GET /mailbox', { cookies });
}

test('a connected mailbox says whose it is and how it stands', async () => {
  const answer = await statusOf(active);
  expect(answer.status).toBe(200);
  expect(jsonOf(answer)).toEqual({
    account: { id: 'account-1', email: 'ann@example.com' },
    status: 'active',
    scopes: grantedScopes,
    connectedAt: '2026-11-01T00:00:00.000Z',
  });
});

test('a grant that Google limits in time says until when it is good', async () => {
  expect(jsonOf(await statusOf({ ...active, grantExpiresAt: testStart }))).toMatchObject({
    grantExpiresAt: '2026-11-01T00:00:00.000Z',
  });
});

test.each([
  ['revoked', { status: 'revoked' as const }],
  ['disconnecting', { status: 'disconnecting' as const }],
  ['insufficient_scope', { scopes: ['openid'] }],
  ['revoked', { status: 'revoked' as const, scopes: ['openid'] }],
])('a grant that is %s comes with the link to a new consent', async (status, changes) => {
  expect(jsonOf(await statusOf({ ...active, ...changes }))).toMatchObject({
    status,
    authorizationUrl: `${origin}/auth/login`,
  });
});

test.each([
  ['nobody is signed in', active, {}],
  ['the grant is gone', undefined, undefined],
  ['the grant is of a later generation', { ...active, generation: 'generation-2' }, undefined],
])('%s: sign in first', async (_, grant, cookies) => {
  const answer = await statusOf(grant, cookies);
  expect(jsonOf(answer)).toMatchObject({ status: 401, code: 'login_required' });
  expect(answer.text).not.toContain('ann@example.com');
});
