import { describe, expect, it } from 'vitest';
import {
  type Address,
  copyQuery,
  liveQuery,
  loginFrom,
  readAddress,
  startAddress,
  writeAddress,
} from '../../../../lambdas/page/browser/address.ts';

const addressOf = (changes: Partial<Address>): Address => ({ ...startAddress, ...changes });

describe('an address', () => {
  it.each([
    ['/', {}],
    [
      '/?q=from%3Aann+is%3Aunread&label=INBOX&page=abc',
      { q: 'from:ann is:unread', label: 'INBOX', page: 'abc' },
    ],
    ['/?q=a%26b%3Dc&message=1a2b', { q: 'a&b=c', message: '1a2b' }],
    [
      '/?source=copy&label=Label_1&from=2026-11-01&to=2026-11-22',
      { source: 'copy', label: 'Label_1', from: '2026-11-01', to: '2026-11-22' },
    ],
  ] as const)('%s is written and read as the same', (text, changes) => {
    expect(writeAddress(addressOf(changes))).toBe(text);
    expect(readAddress(text.slice(1))).toEqual(addressOf(changes));
  });

  it('holds nothing that its source does not know', () => {
    expect(writeAddress(addressOf({ q: 'a', from: '2026-11-01', to: '2026-11-02' }))).toBe('/?q=a');
    expect(writeAddress(addressOf({ source: 'copy', q: 'a' }))).toBe('/?source=copy');
  });

  it('that makes no sense counts as left out', () => {
    expect(readAddress('?source=elsewhere&message=../mailbox&from=yesterday&to=1&utm=x')).toEqual(
      startAddress,
    );
  });
});

describe('the list of an address', () => {
  it('is asked of Gmail with summaries, as many as come though they are not copied', () => {
    expect(liveQuery(addressOf({ q: 'is:unread', label: 'INBOX', page: 'abc' }))).toEqual({
      ...{ q: 'is:unread', labelIds: ['INBOX'], view: 'summary', maxResults: 10, pageToken: 'abc' },
    });
  });

  it('is read from the copy by whole days of the person’s own time zone, the last one included', () => {
    const day = '2026-03-29';
    expect(copyQuery(addressOf({ source: 'copy', label: 'SENT', from: day, to: day }))).toEqual({
      ...{ labelId: 'SENT', maxResults: 25 },
      ...{ after: new Date(2026, 2, 29), before: new Date(2026, 2, 30) },
    });
  });
});

describe('the link to a new consent', () => {
  const origin = 'https://mail.example.com';

  it('leads back to the page, not to the JSON that was asked for', () => {
    const given = `${origin}/auth/login?return_to=%2Fmessages%3Fq%3Da`;
    expect(loginFrom(given, origin, '/?q=a')).toBe(`${origin}/auth/login?return_to=%2F%3Fq%3Da`);
    expect(loginFrom(given, origin, '/')).toBe(`${origin}/auth/login`);
  });

  it('leads back to the start page where no return_to may hold the search', () => {
    expect(loginFrom(`${origin}/auth/login`, origin, '/?q=a%5Cb')).toBe(`${origin}/auth/login`);
    expect(loginFrom(`${origin}/auth/login`, origin, '/?q=100%25+%255C')).toBe(`${origin}/auth/login`);
    expect(loginFrom(`${origin}/auth/login`, origin, '/?q=%zz')).toBe(
      `${origin}/auth/login?return_to=%2F%3Fq%3D%25zz`,
    );
  });

  it.each(['https://evil.example/auth/login', 'javascript:alert(1)', 'no address'])(
    'is none to %s',
    (given) => {
      expect(loginFrom(given, origin, '/')).toBeUndefined();
    },
  );
});
