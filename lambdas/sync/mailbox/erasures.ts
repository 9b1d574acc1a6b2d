import type { OwnedMailbox } from './sync-queue.ts';

/**
 * How long it is remembered that a generation has ended: 40 days, in milliseconds. Backups keep for 35 days at the most, and a
 * restore takes a while.
 */
export const erasuresKeptFor = 3_456_000_000;

/** A generation of an account that has ended, and when its erasure began (epoch milliseconds). */
export type Erasure = OwnedMailbox & { readonly at: number };

/**
 * What was erased, by account and generation and nothing else. It outlives what was erased, so that it can be erased once
 * more when a restored table brings it back.
 */
export interface ErasureRecord {
  /** Writing one a second time does no harm. */
  write(erasure: Erasure): Promise<void>;
  /** All that is still remembered, page by page. */
  list(now: number): AsyncIterable<readonly Erasure[]>;
}
