import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { readContext } from '../../infra/cloud/deployment.ts';
import { quotaProfiles } from '../../lambdas/google/quota-prices.ts';
import { dispatch } from '../../lambdas/sync/dispatch/dispatch.ts';
import { newMailboxState } from '../../lambdas/sync/mailbox/connect.ts';
import type { DueClass } from '../../lambdas/sync/mailbox/mailbox-state.ts';
import { leaseOf, paceOf, waitAfter } from '../../lambdas/sync/mailbox/pace.ts';
import { unitsForJobs, unitsOfPoll } from '../../lambdas/sync/mailbox/quota-profile.ts';
import { recordingQueue } from '../lambdas/sync/recording-queue.ts';
import { clientId, emptyApp } from '../support/cloud.ts';
import { recordingLog } from '../support/doubles/recording-log.ts';
import { tableRows } from './markdown.ts';

const readme = readFileSync(new URL('../bench/README.md', import.meta.url), 'utf8');
const start = readme.indexOf('## How fast');
const ceilings = readme.slice(start, readme.indexOf('\n## ', start)).replaceAll(/\s+/g, ' ');

const pace = paceOf({ minuteSeconds: 60, pollSeconds: 60, quietPollSeconds: 300 });
const { '2026': quota, legacy } = quotaProfiles;
const dayUnits = quota.unitsPerProjectDay ?? 0;
const now = Date.UTC(2027, 0, 1);

/** What one tick does with more mailboxes than it can admit, after a day that has cost so much. */
async function tick(due: DueClass, wants: number, day = { all: 0, backfill: 0 }, mailboxes = 30_000) {
  const mailbox = { ...newMailboxState({ accountId: '101', generation: 'one' }, now, quota), wants };
  let left = mailboxes;
  return dispatch(now, {
    mailboxes: {
      listDue: async function* (dueClass, shard) {
        const isListed = dueClass === due && shard === 0;
        if (isListed) yield Array.from({ length: left }, () => ({ ...mailbox, dueClass }));
        if (isListed) left = 0;
      },
      claim: async () => ({}),
      release: async () => true,
      postpone: async () => true,
    },
    usage: {
      beginTick: async () => true,
      readDay: async () => day,
      addToDay: async () => {},
      slowedUntil: async () => 0,
      readTicks: async () => [],
      writeTicks: async () => {},
    },
    queue: recordingQueue(),
    quota,
    pace,
    log: recordingLog(),
    sleep: async () => {},
  });
}

const count = (number: number) => number.toLocaleString('en');

/** The minutes that a backfill takes when every message is fetched alone. */
function minutesOf(messages: number, profile: typeof quota): string {
  const { getMessage, listMessages, listHistory } = profile.prices;
  const units = messages * getMessage + Math.ceil(messages / 500) * listMessages;
  const minutes = Math.ceil(units / (unitsForJobs(profile) - listHistory - listMessages));
  return minutes < 60 ? `${minutes} min` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

/** Polls of a quiet mailbox in a day: its wait counts from the tick that brought the last one. */
const quietMinutes = waitAfter(20, pace) / pace.minute;
const quietPolls = (24 * 60) / quietMinutes;

describe('the ceilings that the README states', () => {
  it('are right about one mailbox', () => {
    const perMinute = unitsForJobs(quota) / quota.prices.getMessage;
    expect(ceilings).toContain(
      `${count(unitsForJobs(quota))} units for the sync (\`legacy\`: ${count(unitsForJobs(legacy))})`,
    );
    expect(ceilings).toContain(`**${perMinute} messages a minute**`);
    expect(ceilings).toContain(`(${count(unitsForJobs(legacy) / legacy.prices.getMessage)})`);
    const sizes = [1_000, 20_000, 100_000];
    expect(tableRows(readme, 'messages', '`2026`', '`legacy`')).toEqual(
      sizes.map((size) => [count(size), minutesOf(size, quota), minutesOf(size, legacy)]),
    );
  });

  it('are right about a minute of the project', async () => {
    const units = (await tick('more', 1_000)).unitsGranted;
    const atFullPace = Math.floor(units / unitsForJobs(quota));
    expect(ceilings).toContain(`**${count(units)} units, or ${atFullPace} mailboxes copied at full pace`);
    const polls = await tick('changes', unitsOfPoll(quota));
    expect(ceilings).toContain(`(${unitsOfPoll(quota)}, \`legacy\` ${unitsOfPoll(legacy)})`);
    expect(ceilings).toContain(
      `${count(polls.admitted)} polls are granted ${count(polls.unitsGranted)} units`,
    );
  });

  it('are right about a day of the project', async () => {
    const forBackfills = 0.4 * dayUnits;
    const almost = { all: forBackfills - 5_700, backfill: forBackfills - 5_700 };
    const full = { all: forBackfills, backfill: forBackfills };
    expect(await tick('more', 5_700, almost)).toMatchObject({ admitted: 1, postponed: 29_999 });
    expect(await tick('more', 5_700, full)).toMatchObject({ admitted: 0, postponed: 30_000 });
    expect((await tick('changes', 42, full)).postponed).toBe(0);
    expect(await tick('changes', 42, { all: dayUnits, backfill: 0 })).toMatchObject({ admitted: 0 });
    expect(ceilings).toContain(`Of ${count(dayUnits)} units, 40 % (${count(forBackfills)})`);
    expect(ceilings).toContain(`**${count(forBackfills / quota.prices.getMessage)} messages a day**`);
    expect(ceilings).toContain(`wait ${leaseOf(pace) / pace.minute} minutes at a time`);
  });

  it('are right about freshness', async () => {
    const busyMinutes = waitAfter(0, pace) / pace.minute;
    expect(ceilings).toContain(
      `within ${busyMinutes} minute if the mailbox is active, within ${quietMinutes} minutes if it was quiet`,
    );
    expect(ceilings).toContain(`a quiet mailbox has ${quietPolls} a day`);
    expect(tableRows(readme, 'quiet mailboxes')).toEqual(
      [1_000, 10_000, 100_000].map((mailboxes) => {
        const polls = mailboxes / quietMinutes;
        const units = mailboxes * quietPolls * quota.prices.listHistory;
        return [mailboxes, Math.round(polls), units, Math.ceil(polls / 60)].map(count);
      }),
    );
    const { syncWorkers } = readContext(emptyApp({ clientId }));
    const carried = syncWorkers * 60 * quietMinutes;
    expect(ceilings).toContain(`the usual ${syncWorkers} suffice for some ${count(carried)} quiet mailboxes`);
    const polls = 100_000 / quietMinutes;
    const { unitsGranted: granted } = await tick('changes', unitsOfPoll(quota), undefined, polls);
    const left = (3 / 4) * (await tick('more', 1_000)).unitsGranted - granted;
    expect(ceilings).toContain(`are granted ${count(granted)} units a minute`);
    expect(ceilings).toContain(`leaves ${Math.floor(left / unitsForJobs(quota))} mailboxes`);
    const rest = dayUnits - 100_000 * quietPolls * quota.prices.listHistory;
    const messages = Math.floor(rest / quota.prices.getMessage / 100_000);
    expect(ceilings).toContain(`${count(rest)} units are left, for ${messages} new messages a day`);
  });
});
