import type { MailboxStatus, SyncStatus } from '../../api/answers.ts';
import { type Words, wordsOfCode } from './words.ts';

/** The state of the stored copy in words: a headline, then named facts. */
export interface SyncWords {
  readonly headline: string;
  readonly figures: string;
  readonly facts: readonly (readonly [name: string, words: string])[];
  /** The messages that could not be copied, some by ID; absent if there are none. */
  readonly failed?: ReturnType<typeof failedOf>;
  /** What the last comparison found, by kind; empty if nothing differed. */
  readonly found: readonly (readonly [kind: string, ids: readonly string[]])[];
}

export type Copied = Pick<MailboxStatus, 'status'> & { readonly sync: SyncStatus };

export function wordsOfSync({ status, sync }: Copied, words: Words, now: number): SyncWords {
  const when = (time: string) => words.relative(Date.parse(time), now);
  const { lastSync, nextSync, waitsFor, lastError } = sync;
  const facts: [string, string][] = [];
  if (lastSync !== undefined) facts.push(['Last sync', when(lastSync)]);
  if (nextSync !== undefined && status === 'active') {
    facts.push(['Next sync', words.relative(Math.max(Date.parse(nextSync), now + 1), now)]);
  }
  if (waitsFor !== undefined) facts.push(['Waiting for', wordsOfCode(waitsFor)]);
  if (lastError !== undefined && lastError.code !== waitsFor) {
    facts.push(['Last error', `${wordsOfCode(lastError.code)} (${when(lastError.at)})`]);
  }
  const comparison = comparisonOf(sync, words, when);
  if (comparison !== undefined) facts.push(['Last check', comparison]);
  return {
    headline: headlineOf(sync, status),
    figures: figuresOf(sync, words),
    facts,
    ...(sync.failures > 0 && { failed: failedOf(sync, words, now) }),
    found: foundBy(sync),
  };
}

function failedOf({ failures, failed = [] }: SyncStatus, words: Words, now: number) {
  const messages = failed.map(({ id, reason, attempts, nextAttempt }) => {
    const next = words.relative(Math.max(Date.parse(nextAttempt), now + 1), now);
    const times = attempts === 1 ? 'once' : `${words.number(attempts)} times`;
    return { id, words: `${wordsOfReason(reason)} Tried ${times}; next try ${next}.` };
  });
  return {
    headline: `${words.count(failures, 'message')} could not be copied`,
    messages,
    /** How many are not listed by ID. */
    more: Math.max(0, failures - messages.length),
  };
}

/** Why a message was not copied. An unknown reason is shown unchanged: it contains nothing of the message. */
function wordsOfReason(reason: string): string {
  if (reason === 'answer too large') return 'It is too large.';
  if (reason.startsWith('unreadable ')) {
    return `What Gmail gave cannot be read (${reason.slice('unreadable '.length)}).`;
  }
  if (/^\d{3}( \w+)?$/.test(reason)) return `Gmail refused it (${reason}).`;
  return `${reason}.`;
}

function headlineOf({ phase, percent, pausedBecause }: SyncStatus, status: string): string {
  if (status !== 'active') return 'Paused until you reconnect.';
  if (phase === 'live' && percent === 100) return 'Up to date.';
  if (phase !== 'paused') return 'Your mailbox is being copied.';
  return `Paused. ${pausedBecause === undefined ? '' : wordsOfCode(pausedBecause)}`.trim();
}

function figuresOf({ phase, copied, about, rate, timeLeft }: SyncStatus, words: Words): string {
  if (phase !== 'backfill') return words.count(copied, 'message');
  return [
    about === undefined
      ? words.count(copied, 'message')
      : `${words.number(copied)} of about ${words.count(about, 'message')}`,
    rate === undefined ? '' : `${words.number(rate)} a minute`,
    timeLeft === undefined ? '' : `${words.duration(timeLeft)} left`,
  ]
    .filter((part) => part !== '')
    .join(' · ');
}

function comparisonOf(sync: SyncStatus, words: Words, when: (time: string) => string): string | undefined {
  const { verify } = sync;
  if (verify === undefined) return undefined;
  const found = foundBy(sync).map(([kind, ids]) => `${words.number(ids.length)} ${kind}`);
  const past =
    verify.at === undefined
      ? ''
      : `${when(verify.at)}: ${found.length === 0 ? 'no differences' : `${found.join(', ')}; all fixed`}.`;
  return [verify.running ? 'Checking now.' : '', past].filter((part) => part !== '').join(' Before that: ');
}

function foundBy({ verify }: SyncStatus): (readonly [string, readonly string[]])[] {
  if (verify === undefined) return [];
  const { missing = [], extra = [], mislabelled = [] } = verify;
  return (
    [
      ['missing', missing],
      ['extra', extra],
      ['mislabelled', mislabelled],
    ] as const
  ).filter(([, ids]) => ids.length > 0);
}
