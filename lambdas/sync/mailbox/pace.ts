export interface SyncPace {
  /** The length of the quota's minute, and of a tick. */
  readonly minute: number;
  /** Between polls of a mailbox with changes. */
  readonly poll: number;
  /** Between polls of a mailbox without changes for long. */
  readonly quietPoll: number;
  /** Between comparisons of the copy with the mailbox. */
  readonly verifyEvery: number;
}

/** The pace by a stage's settings. All times shrink with the minute of a faster environment. */
export function paceOf(config: {
  readonly minuteSeconds: number;
  readonly pollSeconds: number;
  readonly quietPollSeconds: number;
}): SyncPace {
  return {
    minute: config.minuteSeconds * 1_000,
    poll: config.pollSeconds * 1_000,
    quietPoll: Math.max(config.quietPollSeconds, config.pollSeconds) * 1_000,
    verifyEvery: 7 * 24 * 60 * config.minuteSeconds * 1_000,
  };
}

/** How long a claim holds. When a worker dies, the mailbox is due again after it. */
export function leaseOf(pace: SyncPace): number {
  return 15 * pace.minute;
}

/**
 * How long the claim of a usual poll holds: until the next poll if nothing is found, so that such a poll changes
 * nothing in the index of due mailboxes. If polls are so frequent that a slow worker may take longer, as long as any
 * claim.
 */
export function leaseOfPoll(pace: SyncPace): number {
  const lease = leaseOf(pace);
  return pace.quietPoll < lease / 3 ? lease : Math.min(pace.quietPoll, lease);
}

/** The wait after polls that found nothing: it doubles up to the longest. */
export function waitAfter(quietPolls: number, pace: SyncPace): number {
  return Math.min(pace.poll * 2 ** Math.min(quietPolls, 20), pace.quietPoll);
}
