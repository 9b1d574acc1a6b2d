import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Announce, createAnnouncer } from '../../../lambdas/changes/announce-changes.ts';
import type { Change } from '../../../lambdas/changes/change.ts';
import { readChangesRoute } from '../../../lambdas/changes/read-changes.ts';
import type { CopiedMessage } from '../../../lambdas/copied-message.ts';
import { createCookieJar } from '../../../lambdas/http/cookies.ts';
import { createHandler } from '../../../lambdas/http/handler.ts';
import type { AccountSummary } from '../../../lambdas/sessions/caller.ts';
import { type Answer, ask, backendRole, bytesInResponse, jsonOf } from '../../support/api-event.ts';
import { testClock, testStart } from '../../support/doubles/clock.ts';
import { MemoryFeed } from '../../support/doubles/memory-feed.ts';
import { memorySessions, sessionOf } from '../../support/doubles/memory-sessions.ts';
import { recordingLog } from '../../support/doubles/recording-log.ts';
import { tokenNamed } from '../../support/doubles/tokens.ts';
import { messageOf } from '../aws/copied-messages.ts';
import { changeAt, changedMessages } from './changes.ts';

const origin = 'https://mail.example.com';
const session = tokenNamed('session');
const minute = 60_000;
const day = 24 * 60 * minute;
const settle = 15_000;

const connected: AccountSummary = {
  accountId: 'account-1',
  generation: 'generation-1',
  status: 'active',
  owner: 'tenant-1',
};

/** The function over a feed in which these changes were told; an hour later. */
function open(
  changes: readonly Change[] = [],
  accounts: readonly AccountSummary[] = [connected],
  held: readonly CopiedMessage[] = [],
) {
  const feed = new MemoryFeed();
  for (const change of changes) void feed.append(change);
  const clock = testClock();
  const sought: string[] = [];
  const read: { generation: string; ids: readonly string[] }[] = [];
  const handler = createHandler(
    readChangesRoute({
      sessions: memorySessions(sessionOf(session)),
      findAccount: async (id) => {
        sought.push(id);
        return accounts.find(({ accountId }) => accountId === id);
      },
      feed,
      copied: {
        find: async ({ generation }, ids) => {
          read.push({ generation, ids });
          return new Map(held.filter(({ id }) => ids.includes(id)).map((message) => [message.id, message]));
        },
      },
      times: { settle },
      cookies: createCookieJar(origin),
      clock,
    }),
    { origin, log: recordingLog() },
  );
  clock.pass(60 * minute);
  const own = (query = '') =>
    ask(handler, 'GET /mailbox/changes', { query, cookies: { '__Host-session': session } });
  const ofAccount = (query = '', accountId = 'account-1') =>
    ask(handler, 'GET /accounts/{accountId}/changes', {
      query,
      pathParameters: { accountId },
      signedBy: backendRole,
    });
  const ofAll = (query = '') => ask(handler, 'GET /changes', { query, signedBy: backendRole });
  return { feed, clock, sought, read, handler, own, ofAccount, ofAll };
}

interface Page {
  readonly changes: readonly { readonly sequence: string; readonly accountId: string }[];
  readonly cursor: string;
  readonly more: boolean;
}

function pageOf(answer: Answer): Page {
  expect(answer.status).toBe(200);
  const { changes, cursor, more } = JSON.parse(answer.text);
  return { changes, cursor, more };
}

const sequencesOf = (page: Page) => page.changes.map(({ sequence }) => sequence);

/** `count` changes of an account, a second apart. */
function changesOf(count: number, change: Parameters<typeof changeAt>[1] = {}): Change[] {
  return Array.from({ length: count }, (_, index) => changeAt(testStart + index * 1_000, change));
}

describe('changes', () => {
  const told = [
    changeAt(testStart, { owner: 'tenant-1' }),
    changeAt(testStart + 1, { owner: 'tenant-1', type: 'added', messages: changedMessages(1) }),
    changeAt(testStart + 2, { owner: 'tenant-1', type: 'deleted', messageIds: ['m'] }),
    changeAt(testStart + 3, { owner: 'tenant-1', type: 'paused', reason: 'domain_policy' }),
    changeAt(testStart + 4, { owner: 'tenant-1', type: 'grant_expiring', grantExpiresAt: testStart + day }),
  ];
  const shown = [
    { type: 'connected' },
    { type: 'added', messages: changedMessages(1) },
    { type: 'deleted', messageIds: ['m'] },
    { type: 'paused', reason: 'domain_policy' },
    { type: 'grant_expiring', grantExpiresAt: '2026-11-02T00:00:00.000Z' },
  ].map((body, index) => ({
    sequence: `0000179349120000${index}000`,
    at: `2026-11-01T00:00:00.00${index}Z`,
    accountId: 'account-1',
    generation: 'generation-1',
    ...body,
  }));

  test('are shown oldest first, to a backend with their owner', async () => {
    const { ofAccount, ofAll } = open(told);
    const expected = {
      changes: shown.map((change) => ({ ...change, owner: 'tenant-1' })),
      cursor: expect.any(String),
      more: false,
    };
    expect(jsonOf(await ofAccount())).toEqual(expected);
    expect(jsonOf(await ofAll())).toEqual(expected);
    expect(jsonOf(await ofAll('owner=tenant-1'))).toEqual(expected);
  });

  test('are shown to the mailbox’s person, who need not know of owners', async () => {
    const { own } = open(told);
    expect(jsonOf(await own())).toEqual({ changes: shown, cursor: expect.any(String), more: false });
  });
});

describe('a cursor', () => {
  test('goes on where the page ended, to the end and beyond', async () => {
    const { ofAccount, feed, clock } = open(changesOf(5));
    const first = pageOf(await ofAccount('maxResults=3'));
    expect(first.changes).toHaveLength(3);
    expect(first.more).toBe(true);
    const second = pageOf(await ofAccount(`maxResults=3&after=${first.cursor}`));
    expect(second.changes).toHaveLength(2);
    expect(second.more).toBe(false);
    expect(pageOf(await ofAccount(`after=${second.cursor}`)).changes).toEqual([]);
    await feed.append(changeAt(clock() + 1, { type: 'caught_up' }));
    expect(pageOf(await ofAccount(`after=${second.cursor}`)).changes).toMatchObject([{ type: 'caught_up' }]);
  });

  test('of now shows nothing that was told before, and everything that is told after', async () => {
    const { ofAccount, own, ofAll, feed, clock } = open(changesOf(3));
    const [account, mine, all] = [
      pageOf(await ofAccount('after=now')),
      pageOf(await own('after=now')),
      pageOf(await ofAll('after=now')),
    ];
    for (const page of [account, mine, all]) expect(page).toMatchObject({ changes: [], more: false });
    // The worker's clock may be a little behind.
    const next = changeAt(clock() - 1_000, { type: 'caught_up' });
    await feed.append(next);
    clock.pass(settle);
    expect(sequencesOf(pageOf(await ofAccount(`after=${account.cursor}`)))).toEqual([next.sequence]);
    expect(sequencesOf(pageOf(await own(`after=${mine.cursor}`)))).toEqual([next.sequence]);
    expect(sequencesOf(pageOf(await ofAll(`after=${all.cursor}`)))).toEqual([next.sequence]);
  });

  test.each([
    ['an account', 'account', ''],
    ['an owner', 'all', 'owner=tenant-1&'],
    ['all', 'all', ''],
  ])('of now lies before all that the copy may not hold yet: of %s', async (_, which, query) => {
    const { ofAccount, ofAll, feed, clock } = open();
    const read = which === 'account' ? ofAccount : ofAll;
    const told = { owner: 'tenant-1', type: 'added', messages: changedMessages(1) } as const;
    // A worker has told of a message and is about to write it: it may have up to a minute for that.
    const change = changeAt(clock(), told);
    await feed.append(change);
    clock.pass(40_000);
    const { cursor } = pageOf(await read(`${query}after=now`));
    // The copy is listed here, without the message; then the worker writes it.
    expect(sequencesOf(pageOf(await read(`${query}after=${cursor}`)))).toEqual([change.sequence]);
  });

  test('of now lies before what another clock told', async () => {
    const { ofAccount, feed, clock } = open();
    const change = changeAt(clock() + 5_000);
    await feed.append(change);
    const { cursor } = pageOf(await ofAccount('after=now'));
    expect(sequencesOf(pageOf(await ofAccount(`after=${cursor}`)))).toEqual([change.sequence]);
  });

  test.each([
    ['an account', '', 'account'],
    ['an owner', 'owner=tenant-1', 'all'],
    ['all', '', 'all'],
  ])('is good for fourteen days and then says so: of %s', async (_, query, which) => {
    const { ofAccount, ofAll, clock } = open(changesOf(1));
    const read = which === 'account' ? ofAccount : ofAll;
    const { cursor } = pageOf(await read(query));
    clock.pass(14 * day - settle);
    expect((await read(`${query}&after=${cursor}`)).status).toBe(200);
    clock.pass(1);
    const late = await read(`${query}&after=${cursor}`);
    expect(jsonOf(late)).toMatchObject({ status: 410, code: 'cursor_too_old' });
  });

  test('of a feed where nothing happens stays good for whoever asks now and then', async () => {
    const { ofAccount, ofAll, clock } = open(changesOf(1));
    let [account, all] = [pageOf(await ofAccount()).cursor, pageOf(await ofAll()).cursor];
    for (let times = 0; times < 4; times++) {
      clock.pass(10 * day);
      account = pageOf(await ofAccount(`after=${account}`)).cursor;
      all = pageOf(await ofAll(`after=${all}`)).cursor;
    }
  });

  test('is refused by every other feed', async () => {
    const { own, ofAccount, ofAll } = open(changesOf(1), [
      connected,
      { ...connected, accountId: 'account-2' },
    ]);
    const feeds: [string, (query: string) => Promise<Answer>, string][] = [
      ['account', (query) => ofAccount(query), ''],
      ['account within its owner', (query) => ofAccount(query), 'owner=tenant-1'],
      ['another account', (query) => ofAccount(query, 'account-2'), ''],
      ['owner', ofAll, 'owner=tenant-1'],
      ['another owner', ofAll, 'owner=tenant-2'],
      ['all', ofAll, ''],
    ];
    for (const [from, readFrom, fromQuery] of feeds) {
      const { cursor } = pageOf(await readFrom(fromQuery));
      for (const [to, readTo, toQuery] of feeds) {
        const answer = await readTo(`${toQuery}&after=${cursor}`);
        expect([from, to, answer.status]).toEqual([from, to, from === to ? 200 : 400]);
        if (from !== to) expect(jsonOf(answer)['code']).toBe('invalid_request');
      }
    }
    const { cursor } = pageOf(await ofAccount('', 'account-2'));
    expect((await own(`after=${cursor}`)).status).toBe(400);
  });

  test('that is no cursor is refused in words', async () => {
    const { ofAll } = open();
    const garbage = fc.oneof(
      fc.string({ maxLength: 60 }),
      fc.base64String({ maxLength: 60 }),
      fc.string({ maxLength: 40 }).map((text) => Buffer.from(text).toString('base64url')),
    );
    const property = fc.asyncProperty(garbage, async (text) => {
      fc.pre(text !== 'now');
      const answer = await ofAll(new URLSearchParams({ after: text }).toString());
      expect(jsonOf(answer)).toMatchObject({ status: 400, code: 'invalid_request' });
    });
    await fc.assert(property, { numRuns: 1_000 });
  });

  test('holds no place that could not be', async () => {
    const { ofAll } = open(changesOf(1));
    const text = Buffer.from(pageOf(await ofAll()).cursor, 'base64url').toString();
    for (const forged of [`${text}x`, text.slice(0, -1), `${text}#`, `${text}#a b`, `${text}#\u00e9`]) {
      const after = Buffer.from(forged).toString('base64url');
      expect([forged, (await ofAll(`after=${after}`)).status]).toEqual([forged, 400]);
    }
  });
});

describe('without a cursor', () => {
  test('it begins with the oldest that is kept, and leaves time to go on from there', async () => {
    const { ofAccount, clock } = open(changesOf(400));
    clock.pass(14 * day - 2 * 60 * minute + 100_000);
    const first = pageOf(await ofAccount('maxResults=10'));
    // The first hundred seconds are longer ago than what is shown.
    expect(first.changes[0]?.sequence).toBe(changeAt(testStart + 100_000).sequence);
    clock.pass(59 * minute);
    expect((await ofAccount(`after=${first.cursor}`)).status).toBe(200);
  });
});

describe('feeds of many writers', () => {
  test('show no change until every earlier one must be there', async () => {
    const { ofAll, ofAccount, feed, clock } = open();
    const now = clock();
    await feed.append(changeAt(now, { owner: 'tenant-1' }));
    expect(pageOf(await ofAccount()).changes).toHaveLength(1);
    clock.pass(settle);
    const before = pageOf(await ofAll());
    expect(before.changes).toEqual([]);
    expect(pageOf(await ofAll('owner=tenant-1')).changes).toEqual([]);
    clock.pass(1);
    expect(pageOf(await ofAll(`after=${before.cursor}`)).changes).toHaveLength(1);
    expect(pageOf(await ofAll('owner=tenant-1')).changes).toHaveLength(1);
  });

  test('are read whole, each change once, in order, while many write: whatever the pages and delays', async () => {
    const step = fc.record({
      writer: fc.nat({ max: 3 }),
      wait: fc.nat({ max: 3_000 }),
      /** From the sequence to the row. */
      delay: fc.nat({ max: 10_000 }),
      skew: fc.integer({ min: -2_000, max: 2_000 }),
      read: fc.boolean(),
      limit: fc.integer({ min: 1, max: 5 }),
    });
    const property = fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 60 }), async (steps) => {
      const { ofAll, feed, clock } = open();
      const told: string[] = [];
      const read: string[] = [];
      const late: { at: number; change: Change }[] = [];
      const busyUntil = [0, 0, 0, 0];
      let cursor = pageOf(await ofAll('after=now')).cursor;
      const pass = async (milliseconds: number) => {
        for (let passed = 0; passed < milliseconds; passed += 250) {
          clock.pass(250);
          for (const { change } of late.filter(({ at }) => at <= clock())) await feed.append(change);
          late.splice(0, late.length, ...late.filter(({ at }) => at > clock()));
        }
      };
      const readPage = async (limit: number) => {
        const page = pageOf(await ofAll(`maxResults=${limit}&after=${cursor}`));
        read.push(...page.changes.map(({ sequence, accountId }) => `${sequence} ${accountId}`));
        cursor = page.cursor;
        return page.more;
      };
      for (const { writer, wait, delay, skew, read: reads, limit } of steps) {
        await pass(wait);
        if (clock() >= (busyUntil[writer] ?? 0)) {
          const change = changeAt(clock() + skew, { accountId: `account-${writer}` });
          told.push(`${change.sequence} ${change.accountId}`);
          late.push({ at: clock() + delay, change });
          busyUntil[writer] = clock() + delay + 4_000;
        }
        if (reads) await readPage(limit);
      }
      await pass(60_000);
      while (await readPage(3)) {}
      expect(read).toEqual(told.toSorted());
    });
    await fc.assert(property, { numRuns: 60 });
  });

  test('and one account’s feed likewise, while its worker writes', async () => {
    const { ofAccount, feed, clock } = open();
    const tell: Announce = createAnnouncer(connected, async () => undefined, {
      feed,
      times: { write: 10_000 },
      clock,
    });
    let after = '';
    const read: string[] = [];
    for (let turn = 0; turn < 40; turn++) {
      if (turn < 30) for (let count = 0; count < turn % 4; count++) await tell({ type: 'caught_up' });
      clock.pass((turn % 3) * 400);
      const page = pageOf(await ofAccount(`maxResults=2${after}`));
      read.push(...sequencesOf(page));
      after = `&after=${page.cursor}`;
    }
    expect(read).toEqual(feed.list('account#account-1').map(({ sequence }) => sequence));
    expect(read.length).toBeGreaterThan(40);
  });
});

describe('a page', () => {
  test('has a hundred changes unless it is asked for more or fewer, five hundred at the most', async () => {
    const { ofAccount } = open(changesOf(600));
    expect(pageOf(await ofAccount()).changes).toHaveLength(100);
    expect(pageOf(await ofAccount('maxResults=500')).changes).toHaveLength(500);
    for (const wrong of ['maxResults=501', 'maxResults=0', 'maxResults=x', 'before=now', 'after=a&after=b']) {
      expect(jsonOf(await ofAccount(wrong))).toMatchObject({ status: 400, code: 'invalid_request' });
    }
  });

  test('ends earlier where changes are so long that an answer could not hold them', async () => {
    const long = changesOf(60, { type: 'deleted', messageIds: Array(5_000).fill('"'.repeat(16)) });
    const { ofAccount } = open(long);
    const read: string[] = [];
    let after = '';
    for (let more = true; more; ) {
      const answer = await ofAccount(`maxResults=500${after}`);
      expect(bytesInResponse(answer)).toBeLessThanOrEqual(5_500_000);
      const page = pageOf(answer);
      read.push(...sequencesOf(page));
      after = `&after=${page.cursor}`;
      more = page.more;
    }
    expect(read).toEqual(long.map(({ sequence }) => sequence));
  });
});

test('changes longer than half an answer come one by one', async () => {
  const ids = Array(200_000).fill('18c2f0a1b2c3d4e5');
  const { ofAccount } = open(changesOf(2, { type: 'deleted', messageIds: ids }));
  const first = pageOf(await ofAccount());
  expect(first).toMatchObject({ changes: [{ type: 'deleted' }], more: true });
  expect(pageOf(await ofAccount(`after=${first.cursor}`)).changes).toHaveLength(1);
});

describe('with view=summary', () => {
  const messages = [1, 2].map((number) => ({
    ...{ id: messageOf(number).id, labelIds: ['INBOX'], historyId: '1'.padStart(20, '0') },
  }));
  const added = changeAt(testStart, { owner: 'tenant-1', type: 'added', messages });
  const copied = {
    ...{ id: 'm000001', threadId: 't1', labelIds: ['INBOX'], internalDate: '1793491201000', size: 1_001 },
    ...{ from: 'Ann <ann@example.com>', to: 'Bob <bob@example.com>', subject: 'Subject 1', snippet: '' },
  };
  const copiedIn = (answer: Answer) =>
    JSON.parse(answer.text).changes.flatMap((change: { messages?: { copied?: unknown }[] }) =>
      (change.messages ?? []).map((message) => message.copied),
    );

  test('every feed carries what the copy holds of each message; null where it holds nothing', async () => {
    const deleted = changeAt(testStart + 1, { type: 'deleted', messageIds: ['m'] });
    const { own, ofAccount, ofAll } = open([added, deleted], [connected], [messageOf(1)]);
    const answers = [await own('view=summary'), await ofAccount('view=summary'), await ofAll('view=summary')];
    for (const answer of answers) {
      expect(jsonOf(answer)['changes']).toMatchObject([
        {
          messages: [
            { ...messages[0], copied },
            { ...messages[1], copied: null },
          ],
        },
        { type: 'deleted', messageIds: ['m'] },
      ]);
    }
    const [without] = [await own('view=ids')];
    expect(copiedIn(without)).toEqual([undefined, undefined]);
  });

  test.each<[string, Partial<AccountSummary>, string]>([
    ['belongs to another owner by now', { owner: 'tenant-2' }, 'owner=tenant-1'],
    ['is connected anew', { generation: 'generation-2' }, ''],
    ['is being disconnected', { status: 'disconnecting' }, ''],
  ])('nothing is read of an account that %s', async (_, now, query) => {
    const { ofAll, read } = open([added], [{ ...connected, ...now }], [messageOf(1)]);
    expect(copiedIn(await ofAll(`view=summary&${query}`))).toEqual([null, null]);
    expect(read).toEqual([]);
  });

  test('a change comes when its worker must have written what it told, not before', async () => {
    const { own, ofAll, feed, clock } = open([], [connected], [messageOf(1)]);
    const change = changeAt(clock(), { owner: 'tenant-1', type: 'added', messages });
    await feed.append(change);
    clock.pass(settle + minute);
    for (const list of [own, ofAll]) {
      const early = pageOf(await list('view=summary'));
      expect(early.changes).toEqual([]);
      clock.pass(1);
      const late = pageOf(await list(`view=summary&after=${early.cursor}`));
      expect(sequencesOf(late)).toEqual([change.sequence]);
      clock.pass(-1);
    }
  });

  test('a page reads 500 messages at the most, a hundred at once, and goes on where it ended', async () => {
    const many = Array.from({ length: 30 }, (_, index) =>
      changeAt(testStart + index, { type: 'added', messages: changedMessages(25) }),
    );
    const { ofAccount, read } = open(many);
    const first = pageOf(await ofAccount('view=summary'));
    expect([first.changes.length, first.more]).toEqual([20, true]);
    expect(read.map(({ ids }) => ids.length)).toEqual(Array(5).fill(100));
    const second = pageOf(await ofAccount(`view=summary&after=${first.cursor}`));
    expect(sequencesOf(first).concat(sequencesOf(second))).toEqual(many.map(({ sequence }) => sequence));
  });

  test('an answer stays small enough: what one change has no room for is left out', async () => {
    const ids = Array.from({ length: 5 }, (_, index) => messageOf(index));
    const told = ids.map(({ id }) => ({ id, labelIds: [], historyId: '1'.padStart(20, '0') }));
    const large = ids.map((message) => ({ ...message, to: '"'.repeat(380_000) }));
    const twice = [0, 1].map((at) => changeAt(testStart + at, { type: 'added', messages: told }));
    const { ofAccount } = open(twice, [connected], large);
    const answer = await ofAccount('view=summary');
    expect(bytesInResponse(answer)).toBeLessThanOrEqual(5_500_000);
    expect(jsonOf(answer)).toMatchObject({ changes: [{}], more: true });
    expect(copiedIn(answer).map((one: unknown) => one !== undefined)).toEqual([
      true,
      true,
      true,
      false,
      false,
    ]);
  });
});

describe('of an account that was connected before', () => {
  const told = [
    changeAt(testStart, { generation: 'generation-0', owner: 'tenant-0' }),
    changeAt(testStart + 1, {
      generation: 'generation-0',
      owner: 'tenant-0',
      type: 'added',
      messages: changedMessages(1),
    }),
    changeAt(testStart + 2, { generation: 'generation-0', owner: 'tenant-0', type: 'disconnected' }),
    changeAt(testStart + 3),
    changeAt(testStart + 4, { type: 'added', messages: changedMessages(2) }),
    changeAt(testStart + 5, { owner: 'tenant-1' }),
  ];
  const typesOf = (answer: Answer) =>
    JSON.parse(answer.text).changes.map(({ type }: { type: string }) => type);

  test('a session sees what became of the mailbox, and messages of its own generation only', async () => {
    const { own } = open(told);
    expect(typesOf(await own())).toEqual(['connected', 'disconnected', 'connected', 'added', 'connected']);
    expect((await own()).text).not.toContain('tenant');
  });

  test('an owner sees nothing of another’s, but what was nobody’s before', async () => {
    const { ofAccount } = open(told);
    expect(typesOf(await ofAccount('owner=tenant-1'))).toEqual(['connected', 'added', 'connected']);
    expect(jsonOf(await ofAccount('owner=tenant-0'))).toMatchObject({ status: 404, code: 'not_found' });
  });

  test('a backend of the whole stage sees all', async () => {
    expect(typesOf(await open(told).ofAccount())).toHaveLength(6);
  });
});

describe('of a disconnected account', () => {
  const told = [
    changeAt(testStart, { owner: 'tenant-1' }),
    changeAt(testStart + 1, { owner: 'tenant-1', type: 'disconnected' }),
  ];

  test('a backend reads the changes for as long as they are kept, its owner’s backend too', async () => {
    const { ofAccount, clock } = open(told, []);
    expect(pageOf(await ofAccount()).changes).toHaveLength(2);
    expect(pageOf(await ofAccount('owner=tenant-1')).changes).toHaveLength(2);
    expect((await ofAccount('owner=tenant-2')).status).toBe(404);
    clock.pass(14 * day);
    expect(jsonOf(await ofAccount())).toMatchObject({ status: 404, code: 'not_found' });
  });

  test('a session reads nothing', async () => {
    expect(jsonOf(await open(told, []).own())).toMatchObject({ status: 401, code: 'login_required' });
  });
});

describe('nobody reads', () => {
  test.each([
    ['another generation’s session', { ...connected, generation: 'generation-2' }, 'login_required'],
    [
      'a session whose mailbox is being disconnected',
      { ...connected, status: 'disconnecting' },
      'grant_revoked',
    ],
  ] as const)('by %s', async (_, account, code) => {
    const { own } = open(changesOf(1), [account]);
    expect(jsonOf(await own())).toMatchObject({ status: 401, code });
  });

  test('an account that never was, or cannot be', async () => {
    const { ofAccount, sought } = open();
    for (const accountId of ['account-9', 'a b', '1'.repeat(256)]) {
      expect((await ofAccount('', accountId)).status).toBe(404);
    }
    expect(sought).toEqual(['account-9']);
  });
});
