import { describe, expect, test } from 'vitest';
import { backendRole, browserHeaders, jsonOf } from '../../support/api-event.ts';
import { messagesOf, pagesOf } from '../../support/doubles/scripted-mailbox.ts';
import { liveSite } from '../../support/live-site.ts';

describe('a backend', () => {
  test('lists the mail of the account that it names, all pages of it on request', async () => {
    const { backend, mailbox } = await liveSite();
    mailbox.list = pagesOf(messagesOf(1, 2), messagesOf(3));
    expect(jsonOf(await backend.list('q=is%3Aunread&all=true'))).toEqual({
      messages: messagesOf(1, 2, 3),
      resultSizeEstimate: 201,
    });
    expect(mailbox.lists[0]).toEqual({ q: 'is:unread', maxResults: 500 });
  });

  test('reads one message', async () => {
    const { backend, mailbox } = await liveSite();
    expect(jsonOf(await backend.get('18c', 'format=raw'))).toEqual({ id: '18c', threadId: 't1' });
    expect(mailbox.gets).toEqual([['18c', 'raw']]);
  });

  test('leaves its name beside the account’s in the log, at every read', async () => {
    const { backend, log } = await liveSite();
    await backend.list();
    await backend.get('18c');
    expect(log.lines).toEqual([
      expect.objectContaining({
        event: 'request',
        signedBy: backendRole,
        accountId: 'account-1',
        status: 200,
      }),
      expect.objectContaining({
        event: 'request',
        signedBy: backendRole,
        accountId: 'account-1',
        status: 200,
      }),
    ]);
  });

  test.each([
    ['of another owner', 'tenant-1', 'owner=tenant-2', 'account-1'],
    ['of nobody', undefined, 'owner=tenant-1', 'account-1'],
    ['that nobody connected', 'tenant-1', '', 'account-2'],
  ])('finds no account %s, and Gmail is not asked', async (_, owner, query, accountId) => {
    const { backend, mailbox } = await liveSite({ owner });
    const signed = { signedBy: backendRole, pathParameters: { accountId, id: '18c' } };
    for (const answer of [await backend.list(query, signed), await backend.get('18c', query, signed)]) {
      expect(jsonOf(answer)).toMatchObject({ status: 404, code: 'not_found' });
    }
    expect(mailbox.tokens).toEqual([]);
  });

  test.each([
    ['revoked', 'grant_revoked', { status: 'revoked' }],
    ['being disconnected', 'grant_revoked', { status: 'disconnecting' }],
    ['of another OAuth client', 'client_changed', { clientId: 'client-0' }],
    ['narrower than what is asked', 'insufficient_scope', { scopes: ['openid'] }],
  ] as const)('is told that the grant is %s, and where its person consents anew', async (_, code, grant) => {
    const { backend } = await liveSite(grant);
    expect(jsonOf(await backend.list())).toMatchObject({
      code,
      authorizationUrl: 'https://mail.example.com/auth/login',
    });
  });

  test('is answered as a program, whatever it accepts: it is led nowhere', async () => {
    const { backend } = await liveSite({ status: 'revoked' });
    const answer = await backend.list('', { signedBy: backendRole, headers: browserHeaders });
    expect(answer).toMatchObject({ status: 401, headers: { 'content-type': 'application/problem+json' } });
  });
});
