import type { Change } from './change.ts';

/** Digits of a sequence: as many as a number of microseconds can have, and some more. */
const width = 20;

/**
 * The sequence of an account's next change: the time in microseconds, or one more than the last, whichever is later.
 * So it rises from change to change and from generation to generation, whatever has expired meanwhile.
 *
 * @param last the sequence of the account's newest change, if there is one
 * @param now epoch milliseconds
 */
export function sequenceAfter(last: string | undefined, now: number): string {
  const next = last === undefined ? 0 : Number(last) + 1;
  return digits(Math.max(next, now * 1_000));
}

/** Where a change stands in every feed that holds it: by its sequence, and by its account where sequences are the same. */
export function positionOf({ sequence, accountId }: Pick<Change, 'sequence' | 'accountId'>): string {
  return `${sequence}#${accountId}`;
}

/** The position before every change that is told at this moment or later, and after every earlier one; epoch milliseconds. */
export function positionAt(time: number): string {
  return digits(Math.max(0, time) * 1_000);
}

/** The moment of a position, epoch milliseconds. */
export function timeOf(position: string): number {
  return Number(position.slice(0, width)) / 1_000;
}

/** Whether the text is a position. */
export function isPosition(text: string): boolean {
  return /^\d{20}(#[\x21-\x7e]{1,255})?$/.test(text);
}

function digits(microseconds: number): string {
  return String(Math.floor(microseconds)).padStart(width, '0');
}
