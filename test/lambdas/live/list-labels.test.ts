import { describe, expect, test } from 'vitest';
import { googleFailures, grantProblems, Problem } from '../../../lambdas/errors.ts';
import { jsonOf } from '../../support/api-event.ts';
import { liveSite } from '../../support/live-site.ts';

const receipts = { id: 'Label_1', name: 'Receipts', type: 'user' } as const;

describe('the labels of a mailbox', () => {
  test('have their names', async () => {
    const { labels, mailbox } = await liveSite();
    const inbox = { id: 'INBOX', name: 'INBOX', type: 'system' } as const;
    mailbox.labels = async () => [inbox, receipts];
    const answer = await labels();
    expect(answer.status).toBe(200);
    expect(jsonOf(answer)).toEqual({ labels: [inbox, receipts], source: 'gmail' });
    expect(mailbox.tokens).toEqual(['stored-access-token']);
  });

  test('are not asked for with parameters', async () => {
    const { labels, mailbox } = await liveSite();
    expect(jsonOf(await labels('type=user'))).toMatchObject({ status: 400, code: 'invalid_request' });
    expect(mailbox.tokens).toEqual([]);
  });

  test('are those of the account that a backend names, within its owner', async () => {
    const { backend } = await liveSite({ owner: 'tenant-1' });
    expect(jsonOf(await backend.labels('owner=tenant-1'))).toEqual({ labels: [receipts], source: 'gmail' });
  });
});

describe('where Gmail cannot be asked', () => {
  const travel = { id: 'Label_2', name: 'Travel', type: 'user' } as const;
  const copiedLabels = [travel, { id: 'Label_9', type: 'user' } as const];

  test.each([...grantProblems, ...googleFailures, 'rate_limited' as const])(
    'because of %s, the names are those of the copy',
    async (code) => {
      const { labels, mailbox } = await liveSite({}, { copiedLabels });
      mailbox.labels = () => Promise.reject(new Problem(code));
      const answer = await labels();
      expect([answer.status, jsonOf(answer)]).toEqual([200, { labels: [travel], source: 'copy' }]);
    },
  );

  test.each([
    ['while the mailbox is being disconnected', { status: 'disconnecting' as const }, {}],
    ['without a session', {}, { cookies: {} }],
    ['of a generation that has ended', { generation: 'generation-2', status: 'revoked' as const }, {}],
  ])('they are not given %s', async (_, grant, request) => {
    const { labels } = await liveSite(grant, { copiedLabels });
    expect((await labels('', request)).status).toBe(401);
  });

  test('they are not given for a fault that is no one of Google’s', async () => {
    const { labels, mailbox } = await liveSite({}, { copiedLabels });
    mailbox.labels = () => Promise.reject(new Problem('misconfigured'));
    expect(jsonOf(await labels())).toMatchObject({ code: 'misconfigured' });
  });
});
