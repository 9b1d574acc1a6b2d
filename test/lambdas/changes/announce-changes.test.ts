import { expect, test } from 'vitest';
import { createAnnouncer } from '../../../lambdas/changes/announce-changes.ts';
import type { Change } from '../../../lambdas/changes/change.ts';
import { Problem } from '../../../lambdas/errors.ts';
import { testClock, testStart } from '../../support/doubles/clock.ts';
import { MemoryFeed } from '../../support/doubles/memory-feed.ts';
import { changeAt } from './changes.ts';

const mailbox = { accountId: 'account-1', generation: 'generation-1' };

function open({ told = [], owner }: { told?: readonly Change[]; owner?: string } = {}) {
  const grant = { owner };
  const feed = new MemoryFeed();
  for (const change of told) void feed.append(change);
  const clock = testClock();
  const looks: string[] = [];
  const failures: Problem[] = [];
  const within: number[] = [];
  const findOwner = async () => {
    looks.push('owner');
    return grant.owner;
  };
  const openTeller = () =>
    createAnnouncer(mailbox, findOwner, {
      feed: {
        newest: (accountId) => {
          looks.push(accountId);
          return feed.newest(accountId);
        },
        append: async (change, milliseconds) => {
          within.push(milliseconds);
          const failure = failures.shift();
          if (failure !== undefined) throw failure;
          await feed.append(change);
        },
      },
      times: { write: 10_000 },
      clock,
    });
  return { feed, grant, clock, looks, failures, within, openTeller };
}

const sequencesOf = (changes: readonly Change[]) => changes.map(({ sequence }) => sequence);

test('changes have the time in microseconds for a sequence, and rise even within a moment', async () => {
  const { feed, clock, openTeller } = open();
  const tell = openTeller();
  await tell({ type: 'connected' });
  await tell({ type: 'caught_up' });
  clock.pass(1);
  await tell({ type: 'paused', reason: 'grant_revoked' });
  expect(feed.list('account#account-1')).toEqual([
    { ...mailbox, sequence: '00001793491200000000', at: testStart, type: 'connected' },
    { ...mailbox, sequence: '00001793491200000001', at: testStart, type: 'caught_up' },
    {
      ...mailbox,
      sequence: '00001793491200001000',
      at: testStart + 1,
      type: 'paused',
      reason: 'grant_revoked',
    },
  ]);
});

test('a change comes after the account’s last, whoever told it, in whatever generation, by whatever clock', async () => {
  const ahead = changeAt(testStart + 60_000, { generation: 'generation-0', type: 'disconnected' });
  const { feed, openTeller } = open({ told: [ahead] });
  await openTeller()({ type: 'connected' });
  await openTeller()({ type: 'caught_up' });
  expect(sequencesOf(feed.list('account#account-1'))).toEqual([
    '00001793491260000000',
    '00001793491260000001',
    '00001793491260000002',
  ]);
});

test('where the feed ends is looked up once, and only if there is something to tell; whose the mailbox is, until it is somebody’s', async () => {
  const { feed, looks, within, openTeller } = open({ owner: 'tenant' });
  const tell = openTeller();
  expect(looks).toEqual([]);
  await tell({ type: 'connected' });
  await tell({ type: 'caught_up' });
  expect(looks.toSorted()).toEqual(['account-1', 'owner']);
  expect(feed.list('owner#tenant').map(({ owner }) => owner)).toEqual(['tenant', 'tenant']);
  expect(within).toEqual([10_000, 10_000]);
});

test('an owner who comes while a job runs is told what the job does from then on', async () => {
  const { feed, grant, openTeller } = open();
  const tell = openTeller();
  await tell({ type: 'deleted', messageIds: ['a'] });
  grant.owner = 'tenant';
  await tell({ type: 'deleted', messageIds: ['b'] });
  expect(feed.list('owner#tenant')).toMatchObject([{ messageIds: ['b'] }]);
});

test('a sequence is not used again though its change could not be written', async () => {
  const { feed, failures, openTeller } = open();
  const tell = openTeller();
  failures.push(new Problem('storage_unavailable'));
  await expect(tell({ type: 'connected' })).rejects.toMatchObject({ code: 'storage_unavailable' });
  await tell({ type: 'connected' });
  expect(sequencesOf(feed.list('account#account-1'))).toEqual(['00001793491200000001']);
});
