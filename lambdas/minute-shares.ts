/**
 * How live calls and the sync share the units that Gmail grants a mailbox for a minute. Live calls count by minutes of
 * the clock, and any 60 seconds can span two of those: so live calls get half of what the sync leaves.
 */

/** The share that live calls and the sync may use together in any 60 seconds; without live calls, the share of jobs. */
export const sharedShare = 0.95;

/** The share of a job while there are live calls, which leaves them a fifth of the minute. */
export const shareBesideLive = 0.55;

/** The share that is kept for the sync and for live calls each, whatever the other uses. */
export const minShare = 0.05;
