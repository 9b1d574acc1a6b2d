/** What the benchmark holds the product to: the most (or the least, where more is better) that a figure may be. */
export interface Target {
  readonly what: string;
  readonly unit: string;
  readonly must: number;
  readonly aim: number;
  /** Whether more is better. */
  readonly atLeast?: true;
}

/**
 * Figures are medians, differences and ratios within one run, on one machine: nothing here depends on how fast it is.
 */
export const targets = {
  listInit: { what: '`messages-list` loads, over an empty handler', unit: 'ms', must: 70, aim: 50 },
  listInitShare: {
    what: '`messages-list` loads, as a share of the naive handler',
    unit: '',
    must: 1 / 8,
    aim: 1 / 10,
  },
  callbackInit: { what: '`auth-callback` loads, over an empty handler', unit: 'ms', must: 60, aim: 48 },
  urlInit: { what: '`auth-url` loads, over an empty handler', unit: 'ms', must: 42, aim: 32 },
  workerInit: { what: '`sync-mailbox` loads, over an empty handler', unit: 'ms', must: 80, aim: 60 },
  firstAnswer: {
    what: 'first answer of a cold `messages-list`, over plain fetch’s',
    unit: '',
    must: 1.15,
    aim: 1.05,
  },
  memory: { what: 'memory after loading, of the largest function', unit: 'MB', must: 70, aim: 62 },
  bundle: { what: 'largest bundle', unit: 'KiB', must: 800, aim: 600 },
  zippedBundle: { what: 'largest bundle, zipped', unit: 'KiB', must: 230, aim: 180 },
  callsWithToken: { what: 'calls of a warm listing, token in memory', unit: '', must: 1, aim: 1 },
  callsWithoutToken: { what: 'calls of a warm listing, token in the table', unit: '', must: 4, aim: 3 },
  ownTime: { what: 'our own time in a warm listing', unit: 'ms', must: 3, aim: 1.5 },
  jobCpu: { what: 'processor of a sync job for 1,000 messages', unit: 's', must: 1, aim: 0.5 },
  // One processor claims what the project's minute pays for: 1,080,000 units, 42 for a poll, in the 51 s of a tick.
  claimCpu: { what: 'processor of a tick for a mailbox, of 1,000', unit: 'ms', must: 1.98, aim: 1.3 },
  backfillMinutes: { what: 'minutes of a backfill, over the inevitable', unit: '', must: 1.1, aim: 1.03 },
  syncSpeed: { what: 'messages a second, over one get at a time', unit: '', must: 5, aim: 10, atLeast: true },
  writesPerMessage: {
    what: 'write requests for each message copied, feed included',
    unit: '',
    must: 2,
    aim: 1.2,
  },
  delay: {
    what: 'from arrival to copy, 95th percentile of the worst steady load',
    unit: 's',
    must: 120,
    aim: 75,
  },
  firstCopy: { what: 'until the last of 10,000 new mailboxes has mail', unit: 's', must: 300, aim: 295 },
  recovery: { what: 'an outage until all is in step, over its length', unit: '', must: 2, aim: 0.5 },
  refusals: { what: 'calls that Gmail refused for their number', unit: '', must: 0, aim: 0 },
} as const satisfies Record<string, Target>;

/** The name of a target. */
export type TargetName = keyof typeof targets;

/** How a figure stands to its target. */
export function judge(name: TargetName, figure: number): string {
  const { must, aim, ...rest }: Target = targets[name];
  const isMet = (limit: number) => (rest.atLeast ? figure >= limit : figure <= limit);
  if (isMet(aim)) return 'met, and the aim too';
  if (isMet(must)) return 'met';
  if (must === 0) return 'missed';
  return `missed by ${Math.ceil(((rest.atLeast ? must / figure : figure / must) - 1) * 100)} %`;
}
