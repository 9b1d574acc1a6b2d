import type { OwnedMailbox } from './sync-queue.ts';

/**
 * How long an erasure is remembered: 40 days, in milliseconds. Backups are kept for 35 days at most, and a restore
 * takes time.
 */
export const erasuresKeptFor = 3_456_000_000;

/** An ended generation of an account, and when its erasure began (epoch milliseconds). */
export type Erasure = OwnedMailbox & { readonly at: number };

/**
 * Account and generation of what was erased, nothing else. The record outlives the erased data, so that it can be
 * erased again after a restore brings it back.
 */
export interface ErasureRecord {
  /** Writing an erasure twice does no harm. */
  write(erasure: Erasure): Promise<void>;
  /** All erasures still remembered, page by page. */
  list(now: number): AsyncIterable<readonly Erasure[]>;
}
