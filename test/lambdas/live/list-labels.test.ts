import { describe, expect, test } from 'vitest';
import { AccessTokenRefused, Problem } from '../../../lambdas/errors.ts';
import { browserHeaders, jsonOf } from '../../support/api-event.ts';
import { liveSite } from '../../support/live-site.ts';

const receipts = { id: 'Label_1', name: 'Receipts', type: 'user' } as const;

describe('the labels of a mailbox', () => {
  test('have their names', async () => {
    const { labels, mailbox } = await liveSite();
    const inbox = { id: 'INBOX', name: 'INBOX', type: 'system' } as const;
    mailbox.labels = async () => [inbox, receipts];
    const answer = await labels();
    expect(answer.status).toBe(200);
    expect(jsonOf(answer)).toEqual({ labels: [inbox, receipts] });
    expect(mailbox.tokens).toEqual(['stored-access-token']);
  });

  test('are not asked for with parameters', async () => {
    const { labels, mailbox } = await liveSite();
    expect(jsonOf(await labels('type=user'))).toMatchObject({ status: 400, code: 'invalid_request' });
    expect(mailbox.tokens).toEqual([]);
  });

  test.each(['rate_limited', 'insufficient_scope', 'google_unavailable'] as const)(
    'may end in %s',
    async (code) => {
      const { labels, mailbox } = await liveSite();
      mailbox.labels = () => Promise.reject(new Problem(code));
      expect(jsonOf(await labels())).toMatchObject({ code });
    },
  );

  test('are those of the account that a backend names, within its owner', async () => {
    const { backend } = await liveSite({ owner: 'tenant-1' });
    expect(jsonOf(await backend.labels('owner=tenant-1'))).toEqual({ labels: [receipts] });
  });

  test('of another owner’s account are nobody’s business', async () => {
    const { backend, mailbox } = await liveSite({ owner: 'tenant-1' });
    expect(jsonOf(await backend.labels('owner=tenant-2'))).toMatchObject({ code: 'not_found' });
    expect(mailbox.tokens).toEqual([]);
  });
});

test('a refused access token is replaced once', async () => {
  const { labels, mailbox, google } = await liveSite();
  mailbox.labels = async (token) => {
    if (token === 'stored-access-token') throw new AccessTokenRefused();
    return [receipts];
  };
  expect((await labels()).status).toBe(200);
  expect(google.calls).toHaveLength(1);
});

test('a browser that is not signed in is sent to sign in', async () => {
  const { labels } = await liveSite();
  expect(await labels('', { cookies: {}, headers: browserHeaders })).toMatchObject({ status: 303 });
});
