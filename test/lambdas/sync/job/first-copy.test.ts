import { describe, expect, test } from 'vitest';
import type { SyncGmail } from '../../../../lambdas/sync/job/sync-gmail.ts';
import { testStart } from '../../../support/doubles/clock.ts';
import { next, open, pace, run } from '../one-job.ts';

const backfilling = {
  phase: 'backfill',
  dueClass: 'more',
  historyId: undefined,
  connectedAt: testStart,
} as const;

describe('a backfill whose listing is through', () => {
  test('is compared by the next job, and the mailbox has caught up only then', async () => {
    const opened = open(30, backfilling);
    const { state } = await run(opened);
    expect(state).toMatchObject({ phase: 'live', copied: 30, dueClass: 'verify', wants: 42 });
    expect(state.verify).toMatchObject({ because: 'first_copy' });
    expect(state.verifiedAt).toBeUndefined();
    expect(opened.announced).not.toContain('caught_up');
    const asked: unknown[] = [];
    const listMessages: SyncGmail['listMessages'] = async (query) => {
      asked.push(query.labelId);
      return opened.mailbox.listMessages(query);
    };
    const compared = await next(opened, pace.minute, { gmail: { listMessages } });
    expect(compared).toMatchObject({ dueClass: 'changes', verify: undefined, catchingUp: undefined });
    expect(compared.lastVerify).toMatchObject({ missing: [], extra: [], mislabelled: [] });
    expect(opened.announced.at(-1)).toBe('caught_up');
    // Labels came with the messages: only the set of all of them is listed.
    expect(asked).toEqual([undefined]);
  });

  test('is compared with its labels at once where a comparison was asked for', async () => {
    const opened = open(30, backfilling);
    await run(opened);
    const asked: unknown[] = [];
    const listMessages: SyncGmail['listMessages'] = async (query) => {
      asked.push(query.labelId);
      return opened.mailbox.listMessages(query);
    };
    const requested = { verifyRequestedAt: opened.clock() };
    const state = await next(opened, pace.minute, { gmail: { listMessages } }, requested);
    expect(state).toMatchObject({ verify: undefined, verifyRequestedAt: undefined, catchingUp: undefined });
    expect(asked).toEqual([
      undefined,
      ...opened.mailbox
        .labels()
        .map(({ id }) => id)
        .sort(),
    ]);
  });

  test('has what it lacked copied before the mailbox has caught up', async () => {
    const opened = open(150, backfilling);
    const listMessages: SyncGmail['listMessages'] = async (query) => {
      const page = opened.mailbox.listMessages(query);
      return page === 'refused' ? page : { messages: page.messages };
    };
    expect((await run(opened, { gmail: { listMessages } })).state).toMatchObject({
      phase: 'live',
      copied: 100,
    });
    const compared = await next(opened, pace.minute);
    expect(compared.copied).toBe(150);
    expect(compared.lastVerify?.missing).toHaveLength(50);
    expect(opened.announced.slice(-2)).toEqual(['added', 'caught_up']);
  });
});

describe('a list of all messages that has none', () => {
  const empty = { listMessages: async () => ({ messages: [] }) };

  test('does not end a backfill while Gmail counts messages, and is asked for less and less often', async () => {
    const opened = open(30, backfilling);
    const waits: number[] = [];
    for (let jobs = 0; jobs < 5; jobs += 1) {
      const state = await next(opened, pace.minute, { gmail: empty });
      expect(state).toMatchObject({ phase: 'backfill', copied: 0, lastError: { code: 'google_error' } });
      waits.push((state.nextDueAt - opened.clock()) / pace.minute);
    }
    expect(waits).toEqual([1, 2, 4, 5, 5]);
    expect(await next(opened, pace.minute)).toMatchObject({ phase: 'live', copied: 30 });
  });

  test('is believed after a day: Gmail may count messages that it never lists', async () => {
    const opened = open(1, backfilling);
    const day = 24 * 60 * pace.minute;
    expect(await next(opened, day - 1, { gmail: empty })).toMatchObject({ phase: 'backfill' });
    expect(await next(opened, 1, { gmail: empty })).toMatchObject({ phase: 'live', copied: 0 });
    expect(await next(opened, day - 1, { gmail: empty })).toMatchObject({
      lastError: { code: 'google_error' },
    });
    expect(opened.announced).not.toContain('caught_up');
    expect(await next(opened, 1, { gmail: empty })).toMatchObject({
      verify: undefined,
      lastError: undefined,
    });
    expect(opened.announced.at(-1)).toBe('caught_up');
  });

  test('ends the backfill of an empty mailbox', async () => {
    const opened = open(0, backfilling);
    expect((await run(opened)).state).toMatchObject({ phase: 'live', copied: 0, about: 0 });
    expect(await next(opened, pace.minute)).toMatchObject({ verify: undefined, catchingUp: undefined });
  });

  test.each([
    ['in the order of dates', undefined],
    ['in groups', 'ids'],
  ] as const)(
    'makes a comparison %s suspect no message of the copy while Gmail counts some',
    async (_, by) => {
      const opened = open(30, backfilling);
      await run(opened);
      opened.fetches.length = 0;
      const verify = {
        startedAt: testStart,
        because: 'schedule',
        by,
        found: { missing: [], extra: [], mislabelled: [] },
      } as const;
      const state = await next(opened, pace.minute, { gmail: empty }, { verify });
      expect(state).toMatchObject({
        copied: 30,
        verify: { because: 'schedule' },
        lastError: { code: 'google_error' },
      });
      expect(opened.fetches).toEqual([]);
    },
  );
});
