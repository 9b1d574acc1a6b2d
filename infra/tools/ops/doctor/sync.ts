import { feedShards } from '../../../../lambdas/changes/change.ts';
import { keptFor } from '../../../../lambdas/changes/feed-times.ts';
import { positionAt } from '../../../../lambdas/changes/position.ts';
import { quotaProfiles } from '../../../../lambdas/google/quota-prices.ts';
import { dueClasses, dueShards } from '../../../../lambdas/sync/mailbox/mailbox-state.ts';
import { quotaDay } from '../../../../lambdas/sync/mailbox/quota-day.ts';
import type { Stores } from '../stores.ts';
import { type Finding, failed, look, ok, type Result, skipped } from './finding.ts';

/** One of this many ticks must have run: one may be in progress, and one may have been lost. */
const mostTicks = 4;

/** How late a mailbox or a change may be, in ticks: a quarter of an hour, as for the alarms. */
const mostLate = 15;

/** The share of the day's units that must be left. */
const leastShare = 0.1;

/** Checks that the sync runs, keeps up and has units left. */
export async function checkSync(stores: Stores, now: number): Promise<Finding[]> {
  const { config } = stores;
  const tick = config.minuteSeconds * 1_000;
  const off = skipped('this stage copies no mail');
  const ifCopied = (name: string, work: () => Promise<Result>) =>
    look(name, config.copy === 'off' ? async () => off : work);
  return Promise.all([
    ifCopied('schedule', () => isAlive(stores, now, tick)),
    ifCopied('lag', () => keepsUp(stores, now - mostLate * tick)),
    look('event feed', () => isPublished(stores, now - mostLate * tick, now)),
    look('units of today', () => unitsLeft(stores, now)),
  ]);
}

async function isAlive({ ranTick }: Stores, now: number, tick: number) {
  return (await ranTick(now, (mostTicks * tick) / 1_000))
    ? ok('the dispatcher runs')
    : failed(`the dispatcher ran in none of the last ${mostTicks} ticks: look at its schedule and its log`);
}

async function keepsUp({ mailboxes }: Stores, since: number) {
  const firsts = dueClasses.flatMap((dueClass) =>
    Array.from({ length: dueShards }, async (_, shard) => {
      for await (const [due] of mailboxes.listDue(dueClass, shard, since)) return due;
      return undefined;
    }),
  );
  const late = (await Promise.all(firsts)).filter((due) => due !== undefined);
  return late.length === 0
    ? ok('no mailbox is late')
    : failed(
        'mailboxes are more than a quarter of an hour late: look at the queue, the workers and the units of today',
      );
}

async function isPublished({ feed }: Stores, since: number, now: number) {
  const waiting = await Promise.all(
    Array.from({ length: feedShards }, async (_, shard) => {
      const after = (await feed.published.find(shard)) ?? positionAt(now - keptFor);
      const { changes } = await feed.read({ shard }, { after, until: positionAt(since), limit: 1 });
      return changes.length > 0;
    }),
  );
  return waiting.includes(true)
    ? failed(
        'no changes were published on the event bus of a quarter of an hour ago: read the log of changes-publish',
      )
    : ok('every change is published');
}

async function unitsLeft({ config, usage }: Stores, now: number) {
  const limit = config.dailyUnits ?? quotaProfiles[config.quotaProfile].unitsPerProjectDay;
  const { all } = await usage.readDay(quotaDay(now));
  if (limit === undefined) return ok(`${all} spent, and no limit`);
  const left = Math.max(0, limit - all);
  const words = `${left} of ${limit} left`;
  return left >= limit * leastShare
    ? ok(words)
    : failed(`${words}: mailboxes wait for the next day; ask Google for more, or connect fewer`);
}
