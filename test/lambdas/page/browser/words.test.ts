import { describe, expect, it } from 'vitest';
import { isProblemCode, problems } from '../../../../lambdas/errors.ts';
import { senderName, Words, wordsOfCode } from '../../../../lambdas/page/browser/words.ts';

const words = new Words(['en-GB'], 'Europe/Zurich');
const now = Date.parse('2026-11-22T14:00:00Z');
const at = (text: string) => Date.parse(text);

describe('dates', () => {
  it.each([
    ['2026-11-22T13:05:00Z', '14:05'],
    ['2026-11-21T23:30:00Z', '00:30'],
    ['2026-11-21T22:30:00Z', 'Yesterday'],
    ['2026-11-03T12:00:00Z', '3 Nov'],
    ['2025-12-31T22:30:00Z', '31 Dec 2025'],
    ['2025-12-31T23:30:00Z', '1 Jan'],
  ])('%s is told short, in the person’s own time zone: %s', (time, told) => {
    expect(words.shortDate(at(time), now)).toBe(told);
  });

  it('are told in full where there is room', () => {
    expect(words.longDate(at('2026-11-22T13:05:00Z'))).toBe('Sunday, 22 November 2026 at 14:05');
  });

  it.each([
    [-3, 'just now'],
    [3, 'any moment'],
    [-45, '45 seconds ago'],
    [-100, '2 minutes ago'],
    [300, 'in 5 minutes'],
    [-7200, '2 hours ago'],
    [-3599, '1 hour ago'],
    [-86_400, 'yesterday'],
  ])('%i seconds from now are %s', (seconds, told) => {
    expect(words.relative(now + seconds * 1000, now)).toBe(told);
  });
});

describe('numbers', () => {
  it('have their thing after them', () => {
    expect(words.count(1, 'message')).toBe('1 message');
    expect(words.count(1200, 'message')).toBe('1,200 messages');
  });

  it.each([
    [20, 'less than a minute'],
    [60, 'about 1 minute'],
    [2456, 'about 41 minutes'],
    [9000, 'about 3 hours'],
    [200_000, 'about 2 days'],
  ])('%i seconds take %s', (seconds, told) => {
    expect(words.duration(seconds)).toBe(told);
  });

  it.each([
    [1, '1 byte'],
    [999, '999 bytes'],
    [1530, '1.5 kB'],
    [48_213, '48 kB'],
    [2_310_000, '2.3 MB'],
  ])('%i bytes are %s', (bytes, told) => {
    expect(words.size(bytes)).toBe(told);
  });

  it('come out in English also where the browser names languages that nobody knows', () => {
    expect(new Words(['de-CH', 'en-US@posix', 'C']).count(1200, 'message')).toBe('1,200 messages');
  });
});

describe('a sender', () => {
  it.each([
    ['Ann Example <ann@example.com>', 'Ann Example'],
    ['"Example, Ann" <ann@example.com>', 'Example, Ann'],
    ['<ann@example.com>', 'ann@example.com'],
    ['ann@example.com', 'ann@example.com'],
    ['', ''],
    ['"<script>" <eve@example.com>', '"<script>" <eve@example.com>'],
  ])('%j is called %j', (from, name) => {
    expect(senderName(from)).toBe(name);
  });
});

it('every problem has words, and what the sync waits for too', () => {
  for (const code of Object.keys(problems).filter(isProblemCode)) {
    expect(wordsOfCode(code)).toMatch(/^[A-ZG].* .*\.$/);
  }
  expect(wordsOfCode('waiting_for_daily_quota')).toContain('resumes by itself');
  expect(wordsOfCode('something_new')).toBe('something_new');
});
