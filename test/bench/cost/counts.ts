import { readFileSync } from 'node:fs';
import * as v from 'valibot';

const count = v.number();

const work = v.object({
  invocations: count,
  /** Calls of AWS services. */
  awsCalls: count,
  /** Bytes of its own log lines. */
  logBytes: count,
});

const counts = v.object({
  /** Read and write units of DynamoDB, indexes included. */
  reads: count,
  writes: count,
  /** Of the writes, those that a tick does once, however many mailboxes are due. */
  tickWrites: count,
  /** Calls. */
  kms: count,
  secretReads: count,
  sends: count,
  /** Messages that a worker took from the queue: each is received once and deleted once. */
  messages: count,
  /** Entries that the event bus took. */
  events: count,
  /** Calls of Gmail, and batches of 25 parts at the most. */
  gmailCalls: count,
  gmailBatches: count,
  /** Of these, what the jobs of the sync ask for. */
  jobCalls: count,
  jobBatches: count,
  /** Requests of the HTTP API, and bytes of their answers. */
  requests: count,
  responseBytes: count,
  functions: v.record(v.string(), work),
});

const described = v.object({ described: v.string(), counts });

/** What `counts.json` holds. */
const countedSchema = v.object({
  /** When it was counted. */
  at: v.string(),
  /** A tick with nobody due and nothing to tell, and a night's sweep, of an installation without mailboxes. */
  tick: counts,
  night: counts,
  /** A day of one mailbox, beside the installation's own ticks. */
  days: v.object({ quiet: described, usual: described, busy: described }),
  /** The first two hours of the quiet day, which a test counts again. */
  quietHours: counts,
  /** One mailbox connected and copied, and compared once. */
  backfill: v.object({ messages: count, counts, verify: counts }),
  /** Bytes of a copied message, without its entry in the index. */
  messageBytes: count,
  /** What stands in the templates. */
  templates: v.object({
    /** Metrics that alarms look at. */
    alarms: count,
    dashboards: count,
    /** MB of each function. */
    memory: v.record(v.string(), count),
    /** Functions whose calls X-Ray records. */
    traced: v.array(v.string()),
  }),
});

/** Calls and their sizes, counted. */
export type Counts = v.InferOutput<typeof counts>;
export type Counted = v.InferOutput<typeof countedSchema>;
/** The kinds of mailboxes. */
export const kinds = ['quiet', 'usual', 'busy'] as const;
export type Kind = (typeof kinds)[number];

export const countsFile = new URL('counts.json', import.meta.url);

/** What was counted last. */
export const readCounted = (): Counted =>
  v.parse(v.pipe(v.string(), v.parseJson(), countedSchema), readFileSync(countsFile, 'utf8'));

/** A function that did nothing yet. */
export const emptyWork = () => ({ invocations: 0, awsCalls: 0, logBytes: 0 });

/** Nothing counted yet. */
export const emptyCounts = (): Counts => ({
  reads: 0,
  writes: 0,
  tickWrites: 0,
  kms: 0,
  secretReads: 0,
  sends: 0,
  messages: 0,
  events: 0,
  gmailCalls: 0,
  gmailBatches: 0,
  jobCalls: 0,
  jobBatches: 0,
  requests: 0,
  responseBytes: 0,
  functions: {},
});

/** So many times these counts, and others beside them. */
export function add(one: Counts, other: Counts, times = 1): Counts {
  const names = new Set([...Object.keys(one.functions), ...Object.keys(other.functions)]);
  const functions = [...names].map((name) => {
    const [mine = emptyWork(), theirs = emptyWork()] = [one.functions[name], other.functions[name]];
    return [
      name,
      {
        invocations: mine.invocations + times * theirs.invocations,
        awsCalls: mine.awsCalls + times * theirs.awsCalls,
        logBytes: mine.logBytes + times * theirs.logBytes,
      },
    ] as const;
  });
  const sum = (name: Exclude<keyof Counts, 'functions'>) => one[name] + times * other[name];
  return {
    reads: sum('reads'),
    writes: sum('writes'),
    tickWrites: sum('tickWrites'),
    kms: sum('kms'),
    secretReads: sum('secretReads'),
    sends: sum('sends'),
    messages: sum('messages'),
    events: sum('events'),
    gmailCalls: sum('gmailCalls'),
    gmailBatches: sum('gmailBatches'),
    jobCalls: sum('jobCalls'),
    jobBatches: sum('jobBatches'),
    requests: sum('requests'),
    responseBytes: sum('responseBytes'),
    functions: Object.fromEntries(functions),
  };
}
