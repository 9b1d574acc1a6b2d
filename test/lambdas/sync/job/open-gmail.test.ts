import { describe, expect, test } from 'vitest';
import { AccessTokenRefused, Problem } from '../../../../lambdas/errors.ts';
import { createAccessTokens } from '../../../../lambdas/grants/access-tokens.ts';
import { openGmail } from '../../../../lambdas/sync/job/open-gmail.ts';
import type { SyncGmail } from '../../../../lambdas/sync/job/sync-gmail.ts';
import { bindingCipher } from '../../../support/doubles/binding-cipher.ts';
import { testClock, testStart } from '../../../support/doubles/clock.ts';
import { askedScopes, grantOf } from '../../../support/doubles/grants.ts';
import { memoryGrants } from '../../../support/doubles/memory-grants.ts';
import { recordingLog } from '../../../support/doubles/recording-log.ts';
import { scriptedRefresh } from '../../../support/doubles/scripted-refresh.ts';
import { mailbox } from '../memory-mailboxes.ts';

const stored = { token: 'stored-access-token', expiresAt: testStart + 3_600_000 };

const profile = { emailAddress: 'ann@example.org', historyId: '7', messagesTotal: 3 };
const inbox = { id: 'INBOX', name: 'INBOX', type: 'system' as const };

/** Gmail that keeps each call with its access token, and refuses these tokens. */
function scriptedGmail() {
  const calls: [token: string, method: string, query?: unknown][] = [];
  const gmail = {
    refused: new Set<string>(),
    calls,
    open: (token: string): SyncGmail => {
      async function answer<Answer>(value: Answer, method: string, query?: unknown): Promise<Answer> {
        calls.push(query === undefined ? [token, method] : [token, method, query]);
        if (gmail.refused.has(token)) throw new AccessTokenRefused();
        return value;
      }
      return {
        getProfile: () => answer(profile, 'getProfile'),
        listMessages: (query) => answer({ messages: [{ id: 'm1', threadId: 't1' }] }, 'listMessages', query),
        listHistory: (query) => answer({ records: [], historyId: '8' }, 'listHistory', query),
        listLabels: () => answer([inbox], 'listLabels'),
        fetch: (requests) => answer([{ kind: 'gone' as const }], 'fetch', requests),
      };
    },
  };
  return gmail;
}

async function build(changes: Parameters<typeof grantOf>[1] = {}) {
  const clock = testClock();
  const cipher = bindingCipher();
  const grants = memoryGrants(await grantOf(cipher, { accessToken: stored, ...changes }));
  const google = scriptedRefresh(clock);
  const gmail = scriptedGmail();
  const accessTokens = createAccessTokens({
    grants,
    cipher,
    google,
    log: recordingLog(),
    metrics: () => {},
    clock,
  });
  const renewed: [accountId: string, email: string][] = [];
  const open = (beforeRepeat?: () => Promise<void>) =>
    openGmail(
      mailbox,
      {
        grants,
        accessTokens,
        open: gmail.open,
        clientId: async () => 'client-1',
        scopes: askedScopes,
        renewAddress: async ({ accountId }, email) => void renewed.push([accountId, email]),
      },
      beforeRepeat,
    );
  return { grants, google, gmail, open, renewed };
}

test('every call goes to Gmail with the stored access token, and its answer comes back', async () => {
  const { open, gmail, google, renewed } = await build();
  const opened = await open();
  expect(await opened.getProfile()).toEqual(profile);
  expect(renewed).toEqual([['account-1', 'ann@example.org']]);
  expect(await opened.listMessages({ labelId: 'INBOX', pageToken: 'p' })).toEqual({
    messages: [{ id: 'm1', threadId: 't1' }],
  });
  expect(await opened.listHistory({ start: '7' })).toEqual({ records: [], historyId: '8' });
  expect(await opened.listLabels()).toEqual([inbox]);
  expect(await opened.fetch([{ kind: 'message', id: 'm1' }])).toEqual([{ kind: 'gone' }]);
  expect(gmail.calls).toEqual([
    ['stored-access-token', 'getProfile'],
    ['stored-access-token', 'listMessages', { labelId: 'INBOX', pageToken: 'p' }],
    ['stored-access-token', 'listHistory', { start: '7' }],
    ['stored-access-token', 'listLabels'],
    ['stored-access-token', 'fetch', [{ kind: 'message', id: 'm1' }]],
  ]);
  expect(google.calls).toEqual([]);
});

describe('an access token that Gmail refuses', () => {
  test('is replaced, the call made again, and the fresh one used from then on', async () => {
    const { open, gmail, google, grants } = await build();
    gmail.refused.add('stored-access-token');
    const opened = await open();
    expect(await opened.listHistory({ start: '7' })).toEqual({ records: [], historyId: '8' });
    await opened.listLabels();
    expect(gmail.calls).toEqual([
      ['stored-access-token', 'listHistory', { start: '7' }],
      ['fresh-1', 'listHistory', { start: '7' }],
      ['fresh-1', 'listLabels'],
    ]);
    expect(google.calls).toHaveLength(1);
    expect(grants.rows.get('account-1')?.status).toBe('active');
  });

  test('is replaced once a job: a fresh one that is refused later is not replaced again', async () => {
    const { open, gmail, google, grants } = await build();
    gmail.refused.add('stored-access-token');
    const opened = await open();
    await opened.getProfile();
    gmail.refused.add('fresh-1');
    await expect(opened.fetch([])).rejects.toMatchObject({ code: 'google_unavailable' });
    expect(google.calls).toHaveLength(1);
    expect(grants.rows.get('account-1')?.status).toBe('active');
  });
});

test('other problems of Gmail are passed on, and no token is replaced', async () => {
  const { open, gmail, google, grants } = await build();
  const limited = new Problem('rate_limited', { retryAfterSeconds: 9 });
  const rightly = gmail.open;
  gmail.open = (token) => ({ ...rightly(token), listLabels: () => Promise.reject(limited) });
  const opened = await open();
  await expect(opened.listLabels()).rejects.toBe(limited);
  expect(google.calls).toEqual([]);
  expect(grants.rows.get('account-1')?.status).toBe('active');
});

test.each([
  ['login_required', { accountId: 'account-2' }],
  ['login_required', { generation: 'generation-2' }],
  ['grant_revoked', { status: 'revoked' as const }],
  ['grant_revoked', { status: 'disconnecting' as const }],
  ['client_changed', { clientId: 'client-0' }],
  ['insufficient_scope', { scopes: ['openid'] }],
])('%s: Gmail is not opened for a grant that does not serve', async (code, changes) => {
  const { open, gmail, google } = await build(changes);
  await expect(open()).rejects.toMatchObject({ name: 'Problem', code });
  expect(gmail.calls).toEqual([]);
  expect(google.calls).toEqual([]);
});

test('a call that Gmail refuses for its token is charged again before it is made again', async () => {
  const { open, gmail } = await build();
  gmail.refused.add(stored.token);
  const charged: number[] = [];
  const opened = await open(async () => void charged.push(gmail.calls.length));
  await opened.getProfile();
  // After the first of two calls.
  expect([charged, gmail.calls.length]).toEqual([[1], 2]);
});
