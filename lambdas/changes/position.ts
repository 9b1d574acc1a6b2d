import type { Change } from './change.ts';

/** The digits of a sequence: more than an epoch time in microseconds needs. */
const width = 20;

/**
 * Returns the sequence of an account's next change: the time in microseconds, or the last plus one if that is later.
 * So it always increases, also across generations and after rows have expired.
 *
 * @param last the sequence of the account's newest change; undefined if there is none
 * @param now epoch milliseconds
 */
export function sequenceAfter(last: string | undefined, now: number): string {
  const next = last === undefined ? 0 : Number(last) + 1;
  return digits(Math.max(next, now * 1_000));
}

/** The position of a change in every feed: its sequence, then its account, which decides between equal sequences. */
export function positionOf({ sequence, accountId }: Pick<Change, 'sequence' | 'accountId'>): string {
  return `${sequence}#${accountId}`;
}

/** The position before every change of this moment or later, and after every earlier one (epoch milliseconds). */
export function positionAt(time: number): string {
  return digits(Math.max(0, time) * 1_000);
}

/** The time of a position (epoch milliseconds). */
export function timeOf(position: string): number {
  return Number(position.slice(0, width)) / 1_000;
}

export function isPosition(text: string): boolean {
  return /^\d{20}(#[\x21-\x7e]{1,255})?$/.test(text);
}

function digits(microseconds: number): string {
  return String(Math.floor(microseconds)).padStart(width, '0');
}
