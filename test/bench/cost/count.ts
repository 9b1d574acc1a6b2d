import { marshall } from '@aws-sdk/util-dynamodb';
import * as v from 'valibot';
import type { Browser } from '../../support/browser.ts';
import { resourcesOf, synthesise } from '../../support/cloud.ts';
import { type CountedSite, startCountedSite } from './counted-site.ts';
import type { Counted, Counts, Kind } from './counts.ts';
import { sizeOf } from './item-size.ts';
import { copyAll, countTick, type Happenings, passMinutes } from './simulated-day.ts';

const hour = 60;
const day = 24 * hour;

/** Messages that are copied at first. */
const copied = 1_000;

/** What happens in a day, from its first minute on: by day more than by night, as with people. */
function happenings(kind: Kind, browser: Browser): Happenings & { readonly described: string } {
  const isEvery = (minutes: number, at: number) => at % minutes === 0;
  const isAwake = (at: number) => at >= 7 * hour && at < 23 * hour;
  const nothing = { arriving: () => 0, relabelled: () => 0, visitedBy: () => undefined };
  if (kind === 'quiet') {
    return {
      ...nothing,
      described: 'nothing arrives and nobody looks, so it is asked for changes every 5 minutes',
    };
  }
  if (kind === 'usual') {
    return {
      described:
        '48 new messages between 7 and 23 o’clock, 16 that are read or starred, and 8 looks at the page, each at a list and two messages',
      arriving: (at) => (isAwake(at) && isEvery(20, at) ? 1 : 0),
      relabelled: (at) => (isAwake(at) && isEvery(hour, at - 7) ? 1 : 0),
      visitedBy: (at) => (isAwake(at) && isEvery(2 * hour, at - hour) ? browser : undefined),
    };
  }
  return {
    described: '480 new messages between 7 and 23 o’clock, 160 that are read or starred, and 32 such looks',
    arriving: (at) => (isAwake(at) && isEvery(2, at) ? 1 : 0),
    relabelled: (at) => (isAwake(at) && isEvery(6, at) ? 1 : 0),
    visitedBy: (at) => (isAwake(at) && isEvery(30, at) ? browser : undefined),
  };
}

/** A site with one mailbox that has been copied and has become quiet, and what that took. */
async function startQuiet(messages: number) {
  const counted = await startCountedSite(messages);
  const tick = await countTick(counted, 0);
  await counted.run('sync-sweep', 0);
  const night = await counted.take();
  const browser = await counted.site.connected();
  const { counts, end } = await copyAll(counted, tick, 1);
  // Past its weekly comparison, which is reckoned by itself, until its waits are the longest, and then to a noon of
  // another day: so Google’s days begin at the same minutes of the days that are counted, whenever this is run.
  const compared = await counted.comparisonAfter(end);
  await passMinutes(counted, tick, compared, compared + 30, happenings('quiet', browser));
  const from = counted.noonAfter(compared + 30 + day);
  return { counted, tick, night, browser, backfill: counts, from };
}

/** The first two hours of the quiet day. */
export async function countQuietHours(): Promise<Counts> {
  const { counted, tick, browser, from } = await startQuiet(10);
  try {
    return await quietHours(counted, tick, browser, from);
  } finally {
    await counted.close();
  }
}

const quietHours = (counted: CountedSite, tick: Counts, browser: Browser, from: number) =>
  passMinutes(counted, tick, from, from + 2 * hour, happenings('quiet', browser));

/** Counts everything anew: some minutes. */
export async function countAll(at: string): Promise<Counted> {
  const { counted, tick, night, browser, backfill, from } = await startQuiet(copied);
  try {
    const quiet = await quietHours(counted, tick, browser, from);
    const days: Partial<Record<Kind, { described: string; counts: Counts }>> = {};
    let begins = from;
    for (const kind of ['quiet', 'usual', 'busy'] as const) {
      begins += day;
      const { described, ...what } = happenings(kind, browser);
      const shifted = Object.fromEntries(
        Object.entries(what).map(([name, when]) => [name, (minute: number) => when((minute - from) % day)]),
      );
      days[kind] = {
        described,
        counts: await passMinutes(counted, tick, begins, begins + day, { ...what, ...shifted }),
      };
    }
    return {
      at,
      tick,
      night,
      days: v.parse(allDays, days),
      quietHours: quiet,
      backfill: {
        messages: copied,
        counts: backfill,
        verify: await verify(counted, tick, browser, begins + day),
      },
      messageBytes: await messageBytes(counted),
      templates: templates(),
    };
  } finally {
    await counted.close();
  }
}

const countedDay = v.custom<{ described: string; counts: Counts }>((value) => value !== undefined);
const allDays = v.object({ quiet: countedDay, usual: countedDay, busy: countedDay });

/** One comparison, without the polls beside it. */
async function verify(counted: CountedSite, tick: Counts, browser: Browser, from: number): Promise<Counts> {
  const { site } = counted;
  counted.setMinute(from);
  await browser.fetch(`${site.origin}/mailbox/verify`, { method: 'POST' });
  await counted.take();
  return passMinutes(counted, tick, from, from + 5, happenings('quiet', browser));
}

async function messageBytes({ site }: CountedSite): Promise<number> {
  const messages = await site.messages();
  const bytes = messages.reduce((sum, message) => sum + sizeOf(v.parse(wire, marshall(message))), 0);
  return Math.round(bytes / messages.length);
}

const wire = v.record(v.string(), v.record(v.string(), v.unknown()));

const functionProperties = v.object({
  MemorySize: v.number(),
  LoggingConfig: v.object({ LogGroup: v.unknown() }),
  Description: v.string(),
  TracingConfig: v.optional(v.object({ Mode: v.string() })),
});
const alarmProperties = v.object({
  Metrics: v.optional(v.array(v.object({ MetricStat: v.optional(v.unknown()) }))),
});

/** What stands in the templates that is paid for, and how large the functions are. */
export function templates(): Counted['templates'] {
  const { service, data } = synthesise();
  const propertiesOf = (type: string) =>
    [service, data].flatMap((template) =>
      Object.values(resourcesOf(template, type)).map(({ Properties }) => Properties),
    );
  const functions = propertiesOf('AWS::Lambda::Function').map((properties) =>
    v.parse(functionProperties, properties),
  );
  const named = functions.map((one) => ({ ...one, name: one.Description.split(': ').at(-1) ?? '' }));
  const alarms = propertiesOf('AWS::CloudWatch::Alarm').map((properties) => {
    const { Metrics: metrics = [{ MetricStat: true }] } = v.parse(alarmProperties, properties);
    return metrics.filter(({ MetricStat }) => MetricStat !== undefined).length;
  });
  return {
    alarms: alarms.reduce((sum, metrics) => sum + metrics, 0),
    dashboards: propertiesOf('AWS::CloudWatch::Dashboard').length,
    memory: Object.fromEntries(named.map(({ name, MemorySize }) => [name, MemorySize])),
    traced: named.flatMap(({ name, TracingConfig }) => (TracingConfig?.Mode === 'Active' ? [name] : [])),
  };
}
