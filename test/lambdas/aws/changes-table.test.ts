import { createHash } from 'node:crypto';
import { QueryCommand } from '@aws-sdk/lib-dynamodb';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createChangesTable } from '../../../lambdas/aws/changes-table.ts';
import type { Change, ChangeBody } from '../../../lambdas/changes/change.ts';
import { positionAt, positionOf } from '../../../lambdas/changes/position.ts';
import { dynamoDb, leaveUndone } from '../../support/aws-doubles.ts';
import { changeAt, changedMessages } from '../changes/changes.ts';

const within = 10_000;
const start = Date.UTC(2026, 10, 1);
const all = { after: positionAt(0), limit: 1_000 };
const mailbox = { accountId: 'account-1', generation: 'generation-1' };

async function open(clock?: () => number) {
  const { tables, names, calls } = await dynamoDb();
  const feed = createChangesTable(tables, names.changes, clock);
  const append = async (...changes: readonly Change[]) => {
    for (const change of changes) await feed.append(change, within);
  };
  const rowsOf = async (partition: string) => {
    const { Items = [] } = await tables.send(
      new QueryCommand({
        TableName: names.changes,
        KeyConditionExpression: 'feed = :feed',
        ExpressionAttributeValues: { ':feed': partition },
      }),
    );
    return Items;
  };
  return { feed, append, rowsOf, tables, calls };
}

describe('a change', () => {
  test.each<[string, Change]>([
    ['connected', changeAt(start, { type: 'connected', owner: 'tenant' })],
    ['caught up', changeAt(start, { type: 'caught_up' })],
    ['a new address', changeAt(start, { type: 'renamed' })],
    ['a revoked grant', changeAt(start, { type: 'grant_revoked' })],
    ['disconnected', changeAt(start, { type: 'disconnected' })],
    ['a grant that ends', changeAt(start, { type: 'grant_expiring', grantExpiresAt: start + 1 })],
    ['a pause', changeAt(start, { type: 'paused', reason: 'domain_policy' })],
    ['messages', changeAt(start, { type: 'added', messages: changedMessages(2) })],
    [
      'labels',
      changeAt(start, { type: 'relabelled', messages: [{ id: 'm', labelIds: [], historyId: '1' }] }),
    ],
    ['deletions', changeAt(start, { type: 'deleted', messageIds: ['m1', 'm2'] })],
  ])('is read as it was told: %s', async (_, change) => {
    const { feed, append } = await open();
    await append(change);
    const expected = { changes: [change], more: false };
    expect(await feed.read({ accountId: 'account-1' }, all)).toEqual(expected);
    expect(await feed.read('all', all)).toEqual(expected);
    const { owner = 'nobody' } = change;
    expect((await feed.read({ owner }, all)).changes).toEqual(change.owner === undefined ? [] : [change]);
    expect(await feed.newest('account-1')).toEqual(change);
  });

  test('stands in equal rows in the feeds of its account, of all and of its owner, for fifteen days', async () => {
    const { append, rowsOf } = await open();
    await append(changeAt(start, { owner: 'tenant', type: 'deleted', messageIds: ['m'] }));
    const [own] = await rowsOf('account#account-1');
    expect(own).toMatchObject({
      position: '00001793491200000000#account-1',
      schemaVersion: 1,
      expiresAt: start / 1000 + 15 * 86_400,
    });
    const others = [...(await rowsOf('owner#tenant'))];
    for (const shard of [0, 1, 2, 3]) others.push(...(await rowsOf(`all#${shard}`)));
    expect(others).toHaveLength(2);
    for (const other of others) expect({ ...other, feed: own?.['feed'] }).toEqual(own);
  });

  test('of fifty messages costs no more than two kilobytes', async () => {
    const { append, rowsOf } = await open();
    await append(changeAt(start, { owner: 'tenant', type: 'added', messages: changedMessages(50) }));
    const [own] = await rowsOf('account#account-1');
    expect(own?.['body']).toBeInstanceOf(Uint8Array);
    const { body, ...rest } = own ?? {};
    const bytes = body instanceof Uint8Array ? body.length : Number.NaN;
    expect(bytes + JSON.stringify(rest).length).toBeLessThan(2_048);
  });

  const ownFeed = ['account#account-1'];
  const otherFeeds = [expect.stringMatching(/^all#\d$/), 'owner#tenant'];

  test.each<[string, Partial<ChangeBody>, unknown[]]>([
    [
      'messages is written into its account’s feed first, by which an erasure finds it',
      { type: 'deleted', messageIds: ['1'] },
      [ownFeed, otherFeeds],
    ],
    [
      'the mailbox is written into its account’s feed last: what that tells, all tell',
      { type: 'connected' },
      [otherFeeds, ownFeed],
    ],
  ])('of %s', async (_, body, expected) => {
    const { append, calls } = await open();
    await append(changeAt(start, { owner: 'tenant', ...body }));
    expect(calls.map(({ action }) => action)).toEqual(['BatchWriteItem', 'BatchWriteItem']);
    expect(calls.map(({ input }) => feedsWritten(input))).toEqual(expected);
  });

  test('is in every feed though DynamoDB leaves rows undone', async () => {
    const { feed, append, tables } = await open();
    const left = leaveUndone(tables, 3);
    const change = changeAt(start, { owner: 'tenant' });
    await append(change);
    expect(left.times).toBe(3);
    for (const name of [{ accountId: 'account-1' }, 'all', { owner: 'tenant' }] as const) {
      expect((await feed.read(name, all)).changes).toEqual([change]);
    }
  });

  test('is given up when it is not written in time', async () => {
    const { feed, tables } = await open();
    leaveUndone(tables, Number.POSITIVE_INFINITY);
    const before = Date.now();
    await expect(feed.append(changeAt(start), 200)).rejects.toMatchObject({ code: 'storage_unavailable' });
    // All attempts together would take many times as long.
    expect(Date.now() - before).toBeLessThan(1_500);
  });
});

function feedsWritten(input: Readonly<Record<string, unknown>>): string[] {
  return [...JSON.stringify(input).matchAll(/"feed":\{"S":"([^"]+)"/g)].map(([, feed = '']) => feed);
}

/** Changes of 30 KB or so each, even when they are deflated. */
function longChanges(count: number, timeOf: (index: number) => number, accountId = mailbox.accountId) {
  return Array.from({ length: count }, (_, change) => {
    const messageIds = Array.from({ length: 1_000 }, (_, index) =>
      createHash('sha256').update(`${change} ${index}`).digest('hex'),
    );
    return changeAt(timeOf(change), { accountId, type: 'deleted', messageIds });
  });
}

describe('a feed', () => {
  const changes = Array.from({ length: 7 }, (_, index) => changeAt(start + index));

  test('is read after one position and before another, a page at a time', async () => {
    const { feed, append, calls } = await open();
    await append(...changes);
    calls.length = 0;
    const read = (after: string, until?: string, limit = 100) =>
      feed.read({ accountId: 'account-1' }, { after, until, limit });
    const [first, second, third] = changes.map(positionOf);
    expect(await read(first ?? '', undefined, 2)).toEqual({ changes: changes.slice(1, 3), more: true });
    expect(await read(second ?? '')).toEqual({ changes: changes.slice(2), more: false });
    expect(await read(first ?? '', third)).toEqual({ changes: changes.slice(1, 3), more: false });
    expect(await read(positionAt(start + 1), positionAt(start + 3))).toEqual({
      changes: changes.slice(1, 3),
      more: false,
    });
    expect(JSON.stringify(calls).match(/"ConsistentRead":true/g)).toHaveLength(calls.length);
    expect(calls.map(({ action }) => action)).toEqual(Array(4).fill('Query'));
  });

  test('is empty where its end is not after its beginning', async () => {
    const { feed, append } = await open();
    await append(...changes);
    const position = positionAt(start + 3);
    for (const until of [position, positionAt(start)]) {
      expect(await feed.read('all', { after: position, until, limit: 9 })).toEqual({
        changes: [],
        more: false,
      });
    }
  });

  test('of one account, owner or shard holds nobody else’s', async () => {
    const { feed, append } = await open();
    const accounts = Array.from({ length: 12 }, (_, index) => `account-${index}`);
    await append(...accounts.map((accountId) => changeAt(start, { accountId, owner: `of-${accountId}` })));
    for (const accountId of accounts) {
      for (const name of [{ accountId }, { owner: `of-${accountId}` }]) {
        const page = await feed.read(name, all);
        expect(page.changes.map((change) => change.accountId)).toEqual([accountId]);
      }
    }
    const shards = await Promise.all([0, 1, 2, 3].map((shard) => feed.read({ shard }, all)));
    const sharded = shards.map((page) => page.changes.map(({ accountId }) => accountId));
    expect(sharded.flat().toSorted()).toEqual(accounts.toSorted());
    expect(sharded.filter((some) => some.length > 0).length).toBeGreaterThan(1);
  });

  test('of all accounts comes in one order, whole, whatever the pages', async () => {
    const { feed, append } = await open();
    const told = Array.from({ length: 60 }, (_, index) =>
      changeAt(start + ((index * 7) % 13), { accountId: `account-${(index * 5) % 11}` }),
    ).map((change, index) => ({
      ...change,
      sequence: `${positionAt(change.at).slice(0, -3)}${100 + index}`,
    }));
    await append(...told);
    const expected = told.map(positionOf).toSorted();
    const property = fc.asyncProperty(fc.integer({ min: 1, max: 70 }), async (limit) => {
      const read: string[] = [];
      let after = positionAt(0);
      for (let more = true; more; ) {
        const page = await feed.read('all', { after, limit });
        expect(page.changes.length).toBeLessThanOrEqual(limit);
        if (page.more) expect(page.changes.length).toBeGreaterThan(0);
        read.push(...page.changes.map(positionOf));
        after = read.at(-1) ?? after;
        more = page.more;
      }
      expect(read).toEqual(expected);
    });
    await fc.assert(property, { numRuns: 12 });
  });

  test('of all accounts shows nothing beyond where DynamoDB cut one of its parts off', async () => {
    const { feed, append } = await open();
    // One part is longer than the megabyte that a Query reads, and its changes are the older ones.
    const long = longChanges(60, (index) => start + index);
    const others = Array.from({ length: 8 }, (_, index) =>
      changeAt(start + 30_000, { accountId: `other-${index}` }),
    );
    await append(...long, ...others);
    const first = await feed.read('all', { ...all, limit: 500 });
    expect(first.more).toBe(true);
    expect(first.changes.length).toBeLessThan(60);
    expect(first.changes.map(positionOf)).toEqual(long.slice(0, first.changes.length).map(positionOf));
  });

  test('of all accounts ends at the first of several cuts, so that its reader misses nothing', async () => {
    const { feed, append } = await open();
    // Both parts are longer than a Query reads, and the first has rows left that are older than the other’s cut.
    const near = longChanges(45, (index) => start + index);
    const far = longChanges(45, (index) => start + 1_000 * index, 'other-2');
    await append(...near, ...far);
    const read: string[] = [];
    for (let more = true; more; ) {
      const page = await feed.read('all', { after: read.at(-1) ?? positionAt(0), limit: 500 });
      read.push(...page.changes.map(positionOf));
      more = page.more;
    }
    expect(read).toEqual([...near, ...far].map(positionOf).toSorted());
  });
});

describe('erasing what is told of messages', () => {
  const told = [
    changeAt(start, { owner: 'tenant' }),
    changeAt(start + 1, { owner: 'tenant', type: 'added', messages: changedMessages(1) }),
    changeAt(start + 2, { type: 'relabelled', messages: changedMessages(1) }),
    changeAt(start + 3, { owner: 'other', type: 'deleted', messageIds: ['m'] }),
    changeAt(start + 4, { owner: 'other', type: 'paused', reason: 'grant_revoked' }),
  ];
  const kept = [
    changeAt(start + 5, { generation: 'generation-2', type: 'added', messages: changedMessages(1) }),
    changeAt(start + 6, { accountId: 'account-2', type: 'added', messages: changedMessages(1) }),
  ];

  test('leaves what is told of the mailbox, of other generations and of others, in every feed', async () => {
    const { feed, append, rowsOf } = await open();
    await append(...told, ...kept);
    expect(await feed.eraseMessages(mailbox, Date.now() + 60_000)).toBe(true);
    const left = [told[0], told[4], ...kept];
    expect((await feed.read('all', all)).changes).toEqual(left);
    const own = (await feed.read({ accountId: 'account-1' }, all)).changes;
    expect(own).toEqual([told[0], told[4], kept[0]]);
    expect(await rowsOf('owner#tenant')).toHaveLength(1);
    expect(await rowsOf('owner#other')).toHaveLength(1);
  });

  test('stops when its time is over, says so, and can go on', async () => {
    let now = 0;
    const { feed, append } = await open(() => now);
    await append(...told);
    now = 5;
    expect(await feed.eraseMessages(mailbox, 5)).toBe(false);
    expect((await feed.read('all', all)).changes).toHaveLength(5);
    expect(await feed.eraseMessages(mailbox, 6)).toBe(true);
    expect((await feed.read('all', all)).changes).toHaveLength(2);
  });

  test('deletes the account’s own rows last, by which the others are found', async () => {
    const { feed, append, calls } = await open();
    await append(...told);
    calls.length = 0;
    await feed.eraseMessages(mailbox, Date.now() + 60_000);
    const written = calls
      .filter(({ action }) => action === 'BatchWriteItem')
      .map(({ input }) => feedsWritten(input));
    expect(written).toHaveLength(2);
    expect(written[0]).not.toContain('account#account-1');
    expect(written[1]).toEqual(Array(3).fill('account#account-1'));
  });
});

describe('how far the bus was told', () => {
  test('is known of each part, and never moves back', async () => {
    const { feed } = await open();
    const { published } = feed;
    const [early, late] = [positionOf(changeAt(start)), positionOf(changeAt(start + 1))];
    expect(await published.find(0)).toBeUndefined();
    expect(await published.move(0, late)).toBe(true);
    // The SDK repeats a call whose answer was lost.
    expect(await published.move(0, late)).toBe(true);
    expect(await published.move(0, early)).toBe(false);
    expect(await published.find(0)).toBe(late);
    expect(await published.find(1)).toBeUndefined();
  });
});
