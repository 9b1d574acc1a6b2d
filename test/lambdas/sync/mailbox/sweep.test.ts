import { describe, expect, test } from 'vitest';
import { Problem } from '../../../../lambdas/errors.ts';
import { quotaProfiles } from '../../../../lambdas/google/quota-prices.ts';
import { newMailboxState } from '../../../../lambdas/sync/mailbox/connect.ts';
import type { MailboxState } from '../../../../lambdas/sync/mailbox/mailbox-state.ts';
import { sweep } from '../../../../lambdas/sync/mailbox/sweep.ts';
import type { SweepPosition, SweptGrant } from '../../../../lambdas/sync/mailbox/sweep-run.ts';
import { testClock, testStart } from '../../../support/doubles/clock.ts';
import { recordingLog } from '../../../support/doubles/recording-log.ts';
import { numberedTokens } from '../../../support/doubles/tokens.ts';
import { memoryMailboxes, stateOf } from '../memory-mailboxes.ts';
import { recordingQueue } from '../recording-queue.ts';

const quota = quotaProfiles['2026'];

const grantOf = (number: number, changes: Partial<SweptGrant> = {}): SweptGrant => ({
  accountId: `account-${number}`,
  generation: `generation-${number}`,
  status: 'active',
  ...changes,
});

const mailboxOf = (number: number, changes: Partial<MailboxState> = {}) =>
  stateOf({ accountId: `account-${number}`, generation: `generation-${number}`, ...changes });

function build({
  states = [],
  grants = [],
  since = grants,
  copying = true,
}: {
  states?: readonly MailboxState[];
  grants?: readonly SweptGrant[];
  /** The grants as they stand once the sweep has listed them. */
  since?: readonly SweptGrant[];
  copying?: boolean;
}) {
  const mailboxes = memoryMailboxes(...states);
  const queue = recordingQueue();
  const log = recordingLog();
  const figures: unknown[] = [];
  const asked: string[] = [];
  const leaving: string[] = [];
  /** What becomes of a disconnect that was cut off. */
  const ending = { finish: async (_accountId: string) => true };
  const clock = testClock();
  const stored: { position?: SweepPosition | undefined } = {};
  /** What is read page by page; each page may take some time. */
  const listing = { millisecondsOfPage: 0, pages: 0 };
  const run = (time = 60_000) =>
    sweep(
      { endsAt: clock() + time },
      {
        mailboxes: {
          ...mailboxes,
          create: (...state) => mailboxes.create(...state),
          change: (...changed) => mailboxes.change(...changed),
          scan: async function* (after) {
            for await (const page of mailboxes.scan(after)) {
              listing.pages += 1;
              clock.pass(listing.millisecondsOfPage);
              yield page;
            }
          },
        },
        grants: {
          pages: async function* (after) {
            const first = grants.findIndex(({ accountId }) => accountId === after) + 1;
            for (let start = first; start < grants.length; start += 2) {
              listing.pages += 1;
              clock.pass(listing.millisecondsOfPage);
              yield grants.slice(start, start + 2);
            }
          },
          findAll: async (accountIds) =>
            new Map(
              grants
                .filter(({ accountId }) => accountIds.includes(accountId))
                .map((grant) => [grant.accountId, grant]),
            ),
        },
        findGrant: async (accountId) => {
          asked.push(accountId);
          return since.find((grant) => grant.accountId === accountId);
        },
        finishDisconnect: (accountId) => {
          leaving.push(accountId);
          return ending.finish(accountId);
        },
        queue,
        progress: {
          find: async () => stored.position,
          save: async (position) => {
            stored.position = position;
          },
          clear: async () => {
            stored.position = undefined;
          },
        },
        quota,
        copying,
        metrics: (written) => figures.push(written),
        log,
        clock,
        newId: numberedTokens('erase'),
      },
    );
  const sent = () => queue.sent.map(({ kind, accountId, generation }) => [kind, accountId, generation]);
  return { mailboxes, queue, log, figures, asked, leaving, ending, listing, stored, run, sent };
}

test('where each active grant has its state, and each state its grant, nothing is done', async () => {
  const numbers = [1, 2, 3, 4, 5];
  const { run, mailboxes, sent, asked } = build({
    states: numbers.map((number) => mailboxOf(number)),
    grants: numbers.map((number) => grantOf(number)),
  });
  await run();
  expect(mailboxes.writes).toEqual([]);
  expect(sent()).toEqual([]);
  expect(asked).toEqual([]);
});

describe('a grant without a state', () => {
  test('that is active gets one, due at once: grants from before there was a sync are copied too', async () => {
    const { run, mailboxes, log } = build({
      states: [mailboxOf(1)],
      grants: [grantOf(1), grantOf(2), grantOf(3)],
    });
    await run();
    for (const number of [2, 3]) {
      expect(mailboxes.rows.get(`account-${number}`)).toEqual(
        newMailboxState(grantOf(number), testStart, quota),
      );
    }
    expect(mailboxes.rows.get('account-1')).toEqual(mailboxOf(1));
    expect(log.lines).toEqual([
      { level: 'info', event: 'swept', erased: 0, started: 2, resumed: 0, finished: 0 },
    ]);
  });

  test('is announced before it gets one: the function that stored it may have been cut off', async () => {
    const { run, sent, mailboxes } = build({ grants: [grantOf(1)] });
    const { create } = mailboxes;
    mailboxes.create = (...state) => {
      expect(sent()).toEqual([['connected', 'account-1', 'generation-1']]);
      return create(...state);
    };
    await run();
    expect(mailboxes.rows.size).toBe(1);
  });

  test.each(['revoked', 'disconnecting'])('that is %s gets none', async (status) => {
    const { run, mailboxes } = build({ grants: [grantOf(1, { status })] });
    await run();
    expect(mailboxes.rows.size).toBe(0);
  });

  test('that got one meanwhile keeps it, and is not counted', async () => {
    const { run, mailboxes, log } = build({ grants: [grantOf(1)] });
    mailboxes.create = async () => false;
    await run();
    expect(log.lines).toMatchObject([{ started: 0 }]);
  });
});

describe('a consent of the last day', () => {
  const hour = 3_600_000;

  test.each([true, false])(
    'is announced once more, since the function that stored it may have been cut off; copying: %s',
    async (copying) => {
      const { run, sent, mailboxes } = build({
        states: copying ? [mailboxOf(1), mailboxOf(2)] : [],
        grants: [
          grantOf(1, { connectedAt: testStart - 25 * hour }),
          grantOf(2, { connectedAt: testStart - 27 * hour }),
          grantOf(3, { connectedAt: testStart, status: 'disconnecting' }),
        ],
        copying,
      });
      await run();
      expect(sent()).toEqual([['connected', 'account-1', 'generation-1']]);
      expect(mailboxes.writes).toEqual([]);
    },
  );

  test('is not announced twice where it gets a state', async () => {
    const { run, sent } = build({ grants: [grantOf(1, { connectedAt: testStart })] });
    await run();
    expect(sent()).toEqual([['connected', 'account-1', 'generation-1']]);
  });
});

test('grants that were revoked within 30 days are tried by their workers', async () => {
  const revoked = (days: number) => ({ status: 'revoked', statusSince: testStart - days * 86_400_000 });
  const { run, sent } = build({
    states: [1, 2, 3].map((number) => mailboxOf(number, { phase: 'paused' })),
    grants: [grantOf(1, revoked(30)), grantOf(2, revoked(31)), grantOf(3, { status: 'revoked' })],
  });
  await run();
  expect(sent()).toEqual([['try_grant', 'account-1', 'generation-1']]);
});

test('grants that end within two days are announced by their workers, once', async () => {
  const hour = 3_600_000;
  const { run, sent } = build({
    states: [1, 2, 3, 4].map((number) => mailboxOf(number)),
    grants: [
      grantOf(1, { grantExpiresAt: testStart + 47 * hour }),
      grantOf(2, { grantExpiresAt: testStart + 49 * hour }),
      grantOf(3, { grantExpiresAt: testStart + hour, announcedExpiry: testStart + hour }),
      grantOf(4),
    ],
  });
  await run();
  expect(sent()).toEqual([['grant_expiring', 'account-1', 'generation-1']]);
});

describe('the copy of a state without its grant', () => {
  test('is erased when the grant is gone: each erasure is a message of its own', async () => {
    const { run, queue, log } = build({
      states: [mailboxOf(1), mailboxOf(2), mailboxOf(3)],
      grants: [grantOf(2)],
    });
    await run();
    expect(queue.sent).toEqual([
      { kind: 'erase', accountId: 'account-1', generation: 'generation-1', jobId: expect.any(String) },
      { kind: 'erase', accountId: 'account-3', generation: 'generation-3', jobId: expect.any(String) },
    ]);
    expect(new Set(queue.sent.map(({ jobId }) => jobId)).size).toBe(2);
    expect(log.lines).toMatchObject([{ erased: 2, started: 0 }]);
  });

  test('is erased when the grant is of a later generation, which gets a state of its own', async () => {
    const later = grantOf(1, { generation: 'generation-9' });
    const { run, sent, mailboxes } = build({ states: [mailboxOf(1)], grants: [later] });
    await run();
    // The start of the later one is announced after the end of the earlier.
    expect(sent()).toEqual([
      ['erase', 'account-1', 'generation-1'],
      ['connected', 'account-1', 'generation-9'],
    ]);
    expect(mailboxes.rows.get('account-1')).toEqual(newMailboxState(later, testStart, quota));
  });

  test('is kept while the grant is revoked, since the person may consent again', async () => {
    const grants = [grantOf(1, { status: 'revoked' })];
    const { run, sent, mailboxes } = build({ states: [mailboxOf(1)], grants });
    await run();
    expect(sent()).toEqual([]);
    expect(mailboxes.writes).toEqual([]);
  });

  test('is left to the disconnect while its grant is disconnecting', async () => {
    const grants = [grantOf(1, { status: 'disconnecting' })];
    const { run, sent, leaving } = build({ states: [mailboxOf(1)], grants });
    await run();
    expect(sent()).toEqual([]);
    expect(leaving).toEqual(['account-1']);
  });

  test('is kept when the grant came after the grants were listed', async () => {
    const { run, sent, asked } = build({ states: [mailboxOf(1)], grants: [], since: [grantOf(1)] });
    await run();
    expect(asked).toEqual(['account-1']);
    expect(sent()).toEqual([]);
  });

  test('is erased when the account has connected anew after the grants were listed', async () => {
    const { run, sent } = build({
      states: [mailboxOf(1)],
      grants: [],
      since: [grantOf(1, { generation: 'generation-9' })],
    });
    await run();
    expect(sent()).toEqual([
      ['erase', 'account-1', 'generation-1'],
      ['connected', 'account-1', 'generation-9'],
    ]);
  });
});

describe('a paused mailbox', () => {
  const paused = { phase: 'paused', pausedBecause: 'domain_policy' } as const;

  test('whose grant is active resumes where it stopped', async () => {
    const numbers = Array.from({ length: 60 }, (_, index) => index + 1);
    const { run, mailboxes, log } = build({
      states: [mailboxOf(0), ...numbers.map((number) => mailboxOf(number, paused))],
      grants: [grantOf(0), ...numbers.map((number) => grantOf(number))],
    });
    await run();
    for (const number of numbers) {
      expect(mailboxes.rows.get(`account-${number}`)).toEqual(
        mailboxOf(number, { pausedBecause: undefined, nextDueAt: testStart }),
      );
    }
    expect(mailboxes.writes).toHaveLength(60);
    expect(log.lines).toMatchObject([{ resumed: 60 }]);
  });

  test.each([
    ['is revoked', [grantOf(1, { status: 'revoked' })]],
    ['is disconnecting', [grantOf(1, { status: 'disconnecting' })]],
    ['is gone', []],
    ['is of a later generation', [grantOf(1, { generation: 'generation-9' })]],
  ])('whose grant %s stays paused', async (_, grants) => {
    const { run, mailboxes } = build({ states: [mailboxOf(1, paused)], grants });
    await run();
    expect(mailboxes.writes.filter((write) => write.startsWith('resume'))).toEqual([]);
  });

  test('that an operator has paused stays paused', async () => {
    const byOperator = mailboxOf(1, { phase: 'paused', pausedBecause: 'paused_by_operator' });
    const { run, mailboxes, log } = build({ states: [byOperator], grants: [grantOf(1)] });
    await run();
    expect(mailboxes.rows.get('account-1')).toEqual(byOperator);
    expect(log.lines).toMatchObject([{ resumed: 0 }]);
  });

  test('that was resumed meanwhile is not counted', async () => {
    const { run, mailboxes, log } = build({ states: [mailboxOf(1, paused)], grants: [grantOf(1)] });
    mailboxes.find = async () => mailboxOf(1);
    await run();
    expect(log.lines).toMatchObject([{ resumed: 0 }]);
  });

  test('that cannot be resumed delays no other, and fails the sweep', async () => {
    const { run, mailboxes } = build({
      states: [1, 2, 3].map((number) => mailboxOf(number, paused)),
      grants: [1, 2, 3].map((number) => grantOf(number)),
    });
    const { change } = mailboxes;
    mailboxes.change = (seen, changes) =>
      seen.accountId === 'account-1'
        ? Promise.reject(new Problem('storage_unavailable'))
        : change(seen, changes);
    await expect(run()).rejects.toMatchObject({ code: 'storage_unavailable' });
    expect([...mailboxes.rows.values()].map(({ phase }) => phase)).toEqual(['paused', 'live', 'live']);
  });
});

describe('a grant that is disconnecting', () => {
  const grants = [1, 2, 3].map((number) => grantOf(number, { status: 'disconnecting' }));

  test('is ended, where its disconnect was cut off', async () => {
    const { run, leaving, ending, log } = build({ grants: [grantOf(9), ...grants] });
    ending.finish = async (accountId) => accountId !== 'account-2';
    await run();
    expect(leaving).toEqual(['account-1', 'account-2', 'account-3']);
    expect(log.lines).toMatchObject([{ finished: 2 }]);
  });

  test('and cannot be ended holds up nothing else, and fails the sweep', async () => {
    const { run, leaving, ending, mailboxes, figures } = build({ grants: [grantOf(9), ...grants] });
    ending.finish = async (accountId) => {
      if (accountId === 'account-1') throw new Problem('storage_unavailable');
      return true;
    };
    await expect(run()).rejects.toMatchObject({ code: 'storage_unavailable' });
    expect(leaving).toHaveLength(3);
    expect(mailboxes.rows.has('account-9')).toBe(true);
    expect(figures).toHaveLength(1);
  });
});

test('a queue that takes nothing holds up no disconnect that was cut off, and fails the sweep', async () => {
  const { run, queue, leaving } = build({
    states: [mailboxOf(1), mailboxOf(2)],
    grants: [
      grantOf(1, { grantExpiresAt: testStart + 3_600_000 }),
      grantOf(2, { status: 'disconnecting' }),
      grantOf(3),
    ],
  });
  queue.takes = false;
  await expect(run()).rejects.toMatchObject({ code: 'storage_unavailable' });
  expect(leaving).toEqual(['account-2']);
});

describe('a sweep without time', () => {
  const numbers = Array.from({ length: 10 }, (_, index) => index);
  const world = () =>
    build({
      states: numbers.map((number) => mailboxOf(number, { phase: 'paused' })),
      grants: [...numbers, 10, 11].map((number) => grantOf(number)),
    });

  test('continues in its next runs where it ended, and counts everything once', async () => {
    const { run, listing, stored, mailboxes, figures, log } = world();
    listing.millisecondsOfPage = 1_000;
    let runs = 1;
    for (await run(3_500); stored.position !== undefined; await run(3_500)) runs += 1;
    expect(runs).toBe(4);
    // Eleven pages, of which each run but the last has read one more than it had time for.
    expect(listing.pages).toBe(14);
    expect([...mailboxes.rows.values()].filter(({ phase }) => phase === 'paused')).toEqual([]);
    expect(mailboxes.rows.size).toBe(12);
    expect(figures).toEqual([
      expect.objectContaining({
        Mailboxes: { value: 10, unit: 'Count' },
        PausedMailboxes: { value: 10, unit: 'Count' },
      }),
    ]);
    expect(log.lines.filter(({ event }) => event === 'sweep out of time')).toHaveLength(3);
    expect(log.lines.at(-1)).toMatchObject({ event: 'swept', resumed: 10, started: 2 });
  });

  test('because a table failed continues there too', async () => {
    const { run, stored, mailboxes } = world();
    const { scan } = mailboxes;
    mailboxes.scan = async function* () {
      for await (const page of scan()) {
        yield page;
        throw new Problem('storage_unavailable');
      }
    };
    await expect(run()).rejects.toMatchObject({ code: 'storage_unavailable' });
    expect(stored.position).toMatchObject({ pass: 'mailboxes', after: 'account-1' });
  });

  test('begins nothing more in the midst of a page', async () => {
    const { run, ending, leaving } = build({
      grants: [grantOf(1, { status: 'disconnecting' }), grantOf(2, { status: 'disconnecting' })],
    });
    ending.finish = async () => true;
    await run(0);
    expect(leaving).toEqual([]);
  });
});

test('where nothing is copied, only what is to end is ended', async () => {
  const { run, leaving, mailboxes, sent, figures, log } = build({
    copying: false,
    states: [mailboxOf(1), mailboxOf(2, { phase: 'paused' })],
    grants: [grantOf(2), grantOf(3), grantOf(4, { status: 'disconnecting' })],
  });
  await run();
  expect(sent()).toEqual([['erase', 'account-1', 'generation-1']]);
  expect(leaving).toEqual(['account-4']);
  expect(mailboxes.writes).toEqual([]);
  expect(figures).toEqual([]);
  expect(log.lines).toMatchObject([{ erased: 1, started: 0, resumed: 0, finished: 1 }]);
});

test('the figures of all mailboxes are written once', async () => {
  const { run, figures } = build({
    states: [
      mailboxOf(1, { failed: 2 }),
      mailboxOf(2, { phase: 'paused', failed: 3 }),
      mailboxOf(3, { phase: 'paused' }),
      mailboxOf(4, { phase: 'backfill' }),
    ],
    grants: [grantOf(1), grantOf(2, { status: 'revoked' }), grantOf(3), grantOf(4)],
  });
  await run();
  expect(figures).toEqual([
    {
      Mailboxes: { value: 4, unit: 'Count' },
      CopyingMailboxes: { value: 1, unit: 'Count' },
      LiveMailboxes: { value: 1, unit: 'Count' },
      PausedMailboxes: { value: 2, unit: 'Count' },
      FailedMessages: { value: 5, unit: 'Count' },
    },
  ]);
});

test('an erasure that the queue does not take is not forgotten: the newer grant gets no state in its place', async () => {
  const { run, mailboxes, queue } = build({
    states: [mailboxOf(1)],
    grants: [grantOf(1, { generation: 'generation-2' })],
  });
  queue.takes = false;
  await expect(run()).rejects.toMatchObject({ code: 'storage_unavailable' });
  expect((await mailboxes.find('account-1'))?.generation).toBe('generation-1');
});

test.each([
  ['was disconnected', []],
  ['has connected anew', [grantOf(1, { generation: 'generation-9' })]],
])('an account that %s while the sweep ran gets no state of its old generation', async (_, since) => {
  const { run, mailboxes } = build({ grants: [grantOf(1)], since });
  await run();
  expect(mailboxes.rows.size).toBe(0);
});

test('a state that came while the sweep ran is never written over', async () => {
  const { run, mailboxes } = build({ grants: [grantOf(1)] });
  const create = mailboxes.create;
  const newer = mailboxOf(1, { generation: 'generation-9' });
  mailboxes.create = async (state, replaced) => {
    mailboxes.rows.set('account-1', newer);
    return create(state, replaced);
  };
  await run();
  expect(mailboxes.rows.get('account-1')).toEqual(newer);
});
