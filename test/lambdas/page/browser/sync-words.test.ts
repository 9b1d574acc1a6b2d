import { describe, expect, it } from 'vitest';
import type { SyncStatus } from '../../../../lambdas/api/answers.ts';
import { type Copied, wordsOfSync } from '../../../../lambdas/page/browser/sync-words.ts';
import { Words } from '../../../../lambdas/page/browser/words.ts';

const now = Date.parse('2026-11-22T14:00:00Z');
const live: SyncStatus = { phase: 'live', copied: 300, about: 300, percent: 100, failures: 0 };

const told = (sync: Partial<SyncStatus>, status: Copied['status'] = 'active') =>
  wordsOfSync({ status, sync: { ...live, ...sync } }, new Words(), now);
const fact = (name: string, sync: Partial<SyncStatus>) => new Map(told(sync).facts).get(name);

describe('the stored copy', () => {
  it('is being made, at a rate, for a while', () => {
    const { headline, figures } = told({
      ...{ phase: 'backfill', copied: 8460, about: 20_000, percent: 42, rate: 282, timeLeft: 2456 },
    });
    expect(headline).toBe('Your mailbox is being copied.');
    expect(figures).toBe('8,460 of about 20,000 messages · 282 a minute · about 41 minutes left');
  });

  it('is being made, and nothing is known yet', () => {
    const { figures } = wordsOfSync(
      { status: 'active', sync: { phase: 'backfill', copied: 0, percent: 0, failures: 0 } },
      new Words(),
      now,
    );
    expect(figures).toBe('0 messages');
  });

  it('is being made while messages may be missing', () => {
    expect(told({ percent: 99 }).headline).toBe('Your mailbox is being copied.');
  });

  it('is complete', () => {
    const { headline, figures, facts } = told({
      lastSync: '2026-11-22T13:58:00Z',
      nextSync: '2026-11-22T14:03:00Z',
    });
    expect([headline, figures]).toEqual(['Up to date.', '300 messages']);
    expect(facts).toEqual([
      ['Last sync', '2 minutes ago'],
      ['Next sync', 'in 3 minutes'],
    ]);
    expect(fact('Next sync', { nextSync: '2026-11-22T13:59:00Z' })).toBe('any moment');
  });

  it('is paused, and why', () => {
    expect(told({ phase: 'paused', pausedBecause: 'domain_policy' }).headline).toBe(
      'Paused. A Google Workspace administrator has blocked this application.',
    );
  });

  it('is not called in step while nobody may look at the mailbox', () => {
    const { headline, facts } = told({ nextSync: '2026-11-22T14:03:00Z' }, 'revoked');
    expect(headline).toBe('Paused until you reconnect.');
    expect(facts).toEqual([]);
  });

  it('says what it waits for, and what went wrong', () => {
    expect(fact('Waiting for', { waitsFor: 'waiting_for_daily_quota' })).toContain('quota for today');
    expect(fact('Last error', { lastError: { code: 'google_timeout', at: '2026-11-22T13:00:00Z' } })).toBe(
      'Google took too long to answer. (1 hour ago)',
    );
    const same = {
      waitsFor: 'rate_limited',
      lastError: { code: 'rate_limited', at: '2026-11-22T13:00:00Z' },
    };
    expect(fact('Last error', same)).toBeUndefined();
  });
});

describe('what failed', () => {
  const failedBecause = (reason: string, attempts = 1) => {
    const failed = [{ id: 'm1', reason, attempts, nextAttempt: '2026-11-22T14:04:00Z' }];
    return told({ failures: 1, failed }).failed?.messages[0]?.words;
  };

  it('is counted, and named as far as it is known', () => {
    const named = { id: 'm1', reason: 'answer too large', attempts: 1, nextAttempt: '2026-11-22T13:00:00Z' };
    expect(told({ failures: 3, failed: [named] }).failed).toEqual({
      headline: '3 messages could not be copied',
      messages: [{ id: 'm1', words: 'It is too large. Tried once; next try any moment.' }],
      more: 2,
    });
    expect(told({ failures: 1 }).failed?.headline).toBe('1 message could not be copied');
    expect(told({}).failed).toBeUndefined();
  });

  it.each([
    ['answer too large', 'It is too large.'],
    ['unreadable historyId', 'What Gmail gave cannot be read (historyId).'],
    ['400 failedPrecondition', 'Gmail refused it (400 failedPrecondition).'],
    ['410', 'Gmail refused it (410).'],
    ['Gmail failed on it again and again', 'Gmail failed on it again and again.'],
  ])('says why: %s', (reason, words) => {
    expect(failedBecause(reason, 3)).toBe(`${words} Tried 3 times; next try in 4 minutes.`);
  });
});

describe('a comparison', () => {
  const none = { missing: [], extra: [], mislabelled: [] };

  it('is under way, or has found nothing', () => {
    expect(fact('Last check', { verify: { running: true, ...none } })).toBe('Checking now.');
    expect(fact('Last check', { verify: { running: false, at: '2026-11-22T13:00:00Z', ...none } })).toBe(
      '1 hour ago: no differences.',
    );
  });

  it('says what it found, and names it', () => {
    const verify = {
      running: true,
      at: '2026-11-22T13:00:00Z',
      missing: ['a', 'b'],
      extra: [],
      mislabelled: ['c'],
    };
    expect(fact('Last check', { verify })).toBe(
      'Checking now. Before that: 1 hour ago: 2 missing, 1 mislabelled; all fixed.',
    );
    expect(told({ verify }).found).toEqual([
      ['missing', ['a', 'b']],
      ['mislabelled', ['c']],
    ]);
  });
});
