import { expect, test } from 'vitest';
import { createAnnouncer } from '../../../lambdas/changes/announce-changes.ts';
import type { Change } from '../../../lambdas/changes/change.ts';
import { Problem } from '../../../lambdas/errors.ts';
import { testClock, testStart } from '../../support/doubles/clock.ts';
import { MemoryFeed } from '../../support/doubles/memory-feed.ts';
import { changeAt } from './changes.ts';

const mailbox = { accountId: 'account-1', generation: 'generation-1' };

function open({ announced = [], owner }: { announced?: readonly Change[]; owner?: string } = {}) {
  const grant = { owner };
  const feed = new MemoryFeed();
  for (const change of announced) void feed.append(change);
  const clock = testClock();
  const looks: string[] = [];
  const failures: Problem[] = [];
  const within: number[] = [];
  const findOwner = async () => {
    looks.push('owner');
    return grant.owner;
  };
  const openAnnouncer = () =>
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
  return { feed, grant, clock, looks, failures, within, openAnnouncer };
}

const sequencesOf = (changes: readonly Change[]) => changes.map(({ sequence }) => sequence);

test('changes have the time in microseconds for a sequence, and rise even within a moment', async () => {
  const { feed, clock, openAnnouncer } = open();
  const announce = openAnnouncer();
  await announce({ type: 'connected' });
  await announce({ type: 'caught_up' });
  clock.pass(1);
  await announce({ type: 'paused', reason: 'grant_revoked' });
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

test('a change comes after the account’s last, by any writer, in any generation, by whatever clock', async () => {
  const ahead = changeAt(testStart + 60_000, { generation: 'generation-0', type: 'disconnected' });
  const { feed, openAnnouncer } = open({ announced: [ahead] });
  await openAnnouncer()({ type: 'connected' });
  await openAnnouncer()({ type: 'caught_up' });
  expect(sequencesOf(feed.list('account#account-1'))).toEqual([
    '00001793491260000000',
    '00001793491260000001',
    '00001793491260000002',
  ]);
});

test('where the feed ends is looked up once, and only if there is something to announce; the owner, until there is one', async () => {
  const { feed, looks, within, openAnnouncer } = open({ owner: 'tenant' });
  const announce = openAnnouncer();
  expect(looks).toEqual([]);
  await announce({ type: 'connected' });
  await announce({ type: 'caught_up' });
  expect(looks.toSorted()).toEqual(['account-1', 'owner']);
  expect(feed.list('owner#tenant').map(({ owner }) => owner)).toEqual(['tenant', 'tenant']);
  expect(within).toEqual([10_000, 10_000]);
});

test('an owner who comes while a job runs gets what the job does from then on', async () => {
  const { feed, grant, openAnnouncer } = open();
  const announce = openAnnouncer();
  await announce({ type: 'deleted', messageIds: ['a'] });
  grant.owner = 'tenant';
  await announce({ type: 'deleted', messageIds: ['b'] });
  expect(feed.list('owner#tenant')).toMatchObject([{ messageIds: ['b'] }]);
});

test('a sequence is not used again though its change could not be written', async () => {
  const { feed, failures, openAnnouncer } = open();
  const announce = openAnnouncer();
  failures.push(new Problem('storage_unavailable'));
  await expect(announce({ type: 'connected' })).rejects.toMatchObject({ code: 'storage_unavailable' });
  await announce({ type: 'connected' });
  expect(sequencesOf(feed.list('account#account-1'))).toEqual(['00001793491200000001']);
});
