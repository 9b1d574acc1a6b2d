import type { Kind } from './counts.ts';

/** What was not counted but assumed. Everything here is printed with the table. */
export const assumptions = {
  /** A month. */
  days: 30,
  /** Seconds that a call is waited for; as `npm run bench` has them, from us-east-1 and within it. */
  wait: { gmail: 0.15, gmailBatch: 0.36, aws: 0.01 },
  /** Seconds of a call, or of a job of the sync, that a function works itself, with 512 MB. */
  work: 0.03,
  /** How many of its calls a function makes at a time. */
  atATime: { 'sync-dispatch': 16, 'changes-publish': 4 },
  /** Seconds that it takes to start a function anew, and how many calls of the HTTP API meet that. */
  cold: { seconds: 0.6, share: 0.1 },
  /** Bytes of what Lambda itself logs of a call, and of what frames each line; of a line of metrics. */
  log: { call: 800, metrics: 450 },
  /**
   * Metrics that functions write each minute, that they write where mailboxes are, and that the sweep writes once a
   * day.
   */
  metrics: {
    always: ['Lag', 'ChangesLag'],
    inUse: ['DayUnits', 'MinuteUnits', 'Refreshes', 'ChangesPublished'],
    daily: ['Mailboxes', 'CopyingMailboxes', 'LiveMailboxes', 'PausedMailboxes', 'FailedMessages'],
  },
  /** An account has so many dashboards for nothing: the one free tier that is reckoned with. */
  freeDashboards: 3,
  /** Pollers that Lambda keeps at the queue, and seconds that each waits for a message. */
  pollers: { count: 5, seconds: 20 },
  /**
   * How many of the ten messages that a worker may take at a time it finds, where so many are due in a minute that
   * there are as many for each poller; and the seconds of each minute in which the jobs of its tick are done.
   */
  jobs: { atATime: 5, seconds: 20 },
  /** Seconds for which a process remembers the OAuth client. */
  remembered: { client: 300 },
  /** Functions that read mail at Google for a request, and so read the client. */
  liveFunctions: 4,
  /** X-Ray records one call a second of each function, and this share of the others. */
  traced: 0.05,
  /** Messages that a mailbox holds, and how often in a month it is compared with its copy. */
  holds: { quiet: 5_000, usual: 20_000, busy: 50_000 } satisfies Record<Kind, number>,
  comparisons: 30 / 7,
  /** Bytes that DynamoDB adds to each item, and to each entry of an index. */
  itemOverhead: 100,
} as const;
