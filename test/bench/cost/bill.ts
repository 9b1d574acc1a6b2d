import { assumptions } from './assumptions.ts';
import { add, type Counted, type Counts, emptyCounts, emptyWork, type Kind } from './counts.ts';
import { type Price, prices } from './prices.ts';

/** What is paid for, in the order of the table. */
export const items = [
  'keys and secrets',
  'alarms, metrics, dashboards',
  'schedules',
  'Lambda',
  'DynamoDB',
  'queue',
  'KMS calls',
  'secret reads',
  'logs',
  'traces',
  'HTTP API',
  'event bus',
  'storage and backups',
] as const;

/** Dollars by what they are paid for. */
export type Bill = Readonly<Record<(typeof items)[number], number>>;

const gigabyte = 1e9;
const minutesOfDay = 1_440;
const secondsOfDay = 86_400;

/** Messages that one call sends to the queue at the most. */
const batch = 10;
/** Mailboxes that a dispatcher admits before it writes down what the day holds. */
const chunk = 50;
/** The function that does the jobs of the sync. */
const worker = 'sync-mailbox';
const shareOfMinute = assumptions.jobs.seconds / 60;

/** Dollars of a month of an installation with so many mailboxes of one kind; with none, of an idle one. */
export function billOf(counted: Counted, kind: Kind, mailboxes: number): Bill {
  const { days, pollers } = assumptions;
  const own = add(add(emptyCounts(), counted.tick, minutesOfDay), counted.night);
  const day = add(own, countsForMailboxes(counted.days[kind].counts, mailboxes));
  const compared = add(emptyCounts(), counted.backfill.verify, comparedMore(counted, kind, mailboxes));
  const month = add(add(emptyCounts(), day, days), compared);
  const starts = (2 * minutesOfDay + 1) * days;
  const polls = (pollers.count * secondsOfDay * days) / pollers.seconds;
  const { alarms, dashboards } = counted.templates;
  const { always, inUse, daily } = assumptions.metrics;
  const hourly = always.length + (mailboxes === 0 ? 0 : inUse.length);
  return {
    ...usage(counted, month),
    // The token key; the OAuth client and the login key.
    'keys and secrets': pay(prices.key) + pay(prices.secret, 2),
    'alarms, metrics, dashboards':
      pay(prices.alarm, alarms) +
      pay(prices.dashboard, Math.max(0, dashboards - assumptions.freeDashboards)) +
      // One that is written once a day is paid for an hour of it.
      pay(prices.metric, hourly + daily.length / 24),
    schedules: pay(prices.start, starts),
    // What a worker takes is received at once, in place of a poll in vain, and deleted at once.
    queue: pay(prices.queueCall, month.sends + takes(month) + Math.max(polls, takes(month))),
    logs: logs(month, 2 * minutesOfDay * days),
    'storage and backups': stored(counted, mailboxes * assumptions.holds[kind]),
  };
}

/** Dollars for connecting a mailbox and copying so many messages, once. */
export function billOfCopy(counted: Counted, messages: number): Bill {
  const { backfill } = counted;
  const counts = add(emptyCounts(), backfill.counts, messages / backfill.messages);
  return {
    ...usage(counted, counts),
    'keys and secrets': 0,
    'alarms, metrics, dashboards': 0,
    schedules: 0,
    queue: pay(prices.queueCall, counts.sends + 2 * takes(counts)),
    logs: logs(counts, 0),
    'storage and backups': 0,
  };
}

/** The sum of a bill. */
export function total(bill: Bill): number {
  return items.reduce((sum, item) => sum + bill[item], 0);
}

/** How often as much is compared in a month as was counted. */
function comparedMore({ backfill }: Counted, kind: Kind, mailboxes: number): number {
  return (mailboxes * assumptions.comparisons * assumptions.holds[kind]) / backfill.messages;
}

/**
 * A day of so many mailboxes: so many times that of one, but for what ticks and workers do once for many of them, and
 * for what a worker no longer remembers when it meets a mailbox again.
 */
export function countsForMailboxes(one: Counts, mailboxes: number): Counts {
  const all = add(emptyCounts(), one, mailboxes);
  if (mailboxes === 0) return all;
  const tickWrites = Math.min(all.tickWrites, 2 * minutesOfDay + all.messages / chunk);
  const jobs = jobsAtATime(all.messages);
  // As many as have jobs of a second in hand at a time.
  const workers = Math.ceil(all.messages / jobs / (secondsOfDay * shareOfMinute));
  const perHour = one.messages / 24;
  const meetings = workers * (1 - (1 - 1 / workers) ** perHour);
  const forgotten = 24 * Math.max(0, meetings - 1) * mailboxes;
  // Beside the workers, each function that reads mail has as many processes of its own.
  const readers = assumptions.liveFunctions * Math.ceil(all.requests / secondsOfDay);
  const client = ((workers + readers) * secondsOfDay) / assumptions.remembered.client;
  return {
    ...all,
    writes: all.writes - all.tickWrites + tickWrites,
    tickWrites,
    sends: Math.min(all.sends, minutesOfDay + all.sends / batch),
    kms: all.kms + forgotten,
    secretReads: Math.min(all.secretReads, client),
    // Those that a worker has in hand wait side by side.
    gmailCalls: all.gmailCalls - all.jobCalls * (1 - 1 / jobs),
    gmailBatches: all.gmailBatches - all.jobBatches * (1 - 1 / jobs),
    functions: {
      ...all.functions,
      [worker]: {
        ...emptyWork(),
        ...all.functions[worker],
        invocations: all.messages / jobs,
        awsCalls: (all.functions[worker]?.awsCalls ?? 0) / jobs,
      },
    },
  };
}

/** How many jobs a worker takes at a time, when there are so many a day. */
function jobsAtATime(messages: number): number {
  const forEachPoller = messages / minutesOfDay / assumptions.pollers.count;
  return Math.min(assumptions.jobs.atATime, Math.max(1, forEachPoller));
}

const takes = ({ functions }: Counts) => functions[worker]?.invocations ?? 0;

function usage(counted: Counted, month: Counts) {
  const { wait } = assumptions;
  const { memory, traced } = counted.templates;
  const calls = Object.values(month.functions).reduce((sum, { invocations }) => sum + invocations, 0);
  // Whoever waits for Gmail, waits with the usual memory.
  const waiting =
    gigabytes(memory[worker]) * (month.gmailCalls * wait.gmail + month.gmailBatches * wait.gmailBatch);
  const seconds = Object.entries(month.functions).map(
    ([name, { invocations, awsCalls }]) =>
      gigabytes(memory[name]) * secondsOf(name, name === worker ? month.messages : invocations, awsCalls),
  );
  const cold = gigabytes(memory['page']) * month.requests * assumptions.cold.share * assumptions.cold.seconds;
  const traces = traced.map((name) =>
    tracesOf(month.functions[name]?.invocations ?? 0, name === worker ? shareOfMinute : 1),
  );
  return {
    Lambda: pay(prices.invocation, calls) + pay(prices.gigabyteSecond, waiting + cold + sum(seconds)),
    DynamoDB: pay(prices.read, month.reads) + pay(prices.write, month.writes),
    'KMS calls': pay(prices.keyCall, month.kms),
    'secret reads': pay(prices.secretRead, month.secretReads),
    traces: pay(prices.trace, sum(traces)),
    'HTTP API': pay(prices.request, month.requests) + pay(prices.transfer, month.responseBytes / gigabyte),
    'event bus': pay(prices.event, month.events),
  };
}

function secondsOf(name: string, times: number, awsCalls: number): number {
  const { work, wait, atATime } = assumptions;
  const parallel = Object.entries(atATime).find(([one]) => one === name)?.[1] ?? 1;
  return times * work + (awsCalls / parallel) * wait.aws;
}

/** The first of each second in this share of the seconds, as if all came evenly in these, and a share of the others. */
function tracesOf(invocations: number, share: number): number {
  const first = Math.min(invocations, secondsOfDay * assumptions.days * share);
  return first + (invocations - first) * assumptions.traced;
}

function logs(month: Counts, metricLines: number): number {
  const { log } = assumptions;
  const works = Object.values(month.functions);
  const bytes =
    sum(works.map(({ invocations, logBytes }) => invocations * log.call + logBytes)) +
    metricLines * log.metrics;
  return pay(prices.log, bytes / gigabyte) + pay(prices.logKept, bytes / gigabyte);
}

/** A message stands in the table and whole in its index; the backup has the table alone. */
function stored({ messageBytes }: Counted, messages: number): number {
  const bytes = messageBytes + assumptions.itemOverhead;
  return (
    pay(prices.storage, (2 * messages * bytes) / gigabyte) + pay(prices.backup, (messages * bytes) / gigabyte)
  );
}

const pay = ({ dollars }: Price, units = 1) => dollars * units;
const gigabytes = (memory = 512) => memory / 1_024;
const sum = (numbers: readonly number[]) => numbers.reduce((all, one) => all + one, 0);
