/** How fast the sync goes. Milliseconds. */
export interface SyncPace {
  /** The length of the quota's minute, and of a tick. */
  readonly minute: number;
  /** Between polls of a mailbox where things happen. */
  readonly poll: number;
  /** Between polls of a mailbox that has been quiet for long. */
  readonly quietPoll: number;
  /** Between comparisons of the copy with the mailbox. */
  readonly verifyEvery: number;
}

/** The pace that the settings of a stage ask for; all times shrink with the minute of a faster environment. */
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

/** How long a claim holds: a worker that died gives the mailbox back after it. */
export function leaseOf(pace: SyncPace): number {
  return 15 * pace.minute;
}

/**
 * How long the claim of a usual poll holds: until the mailbox is due again if nothing is found, so that finding nothing
 * moves nothing in the index of due mailboxes. Where polls come so often that a slow worker might outlast that, as
 * long as any other claim.
 */
export function leaseOfPoll(pace: SyncPace): number {
  const lease = leaseOf(pace);
  return pace.quietPoll < lease / 3 ? lease : Math.min(pace.quietPoll, lease);
}

/** A quiet mailbox is polled less and less often: the waits double up to the longest. */
export function waitAfter(quietPolls: number, pace: SyncPace): number {
  return Math.min(pace.poll * 2 ** Math.min(quietPolls, 20), pace.quietPoll);
}
