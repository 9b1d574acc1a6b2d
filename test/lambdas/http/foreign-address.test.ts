import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { isForeign, originOf, withOutcome } from '../../../lambdas/http/foreign-address.ts';
import { parseReturnTo, returnTargetOrHome, returnToOrHome } from '../../../lambdas/http/return-to.ts';

const app = 'https://app.example.com';
const local = 'http://localhost:5173';
const scheme = 'com.example.app:';
const allowed = [app, local, scheme];
const challenge = 'c'.repeat(43);

const kept = [
  `${app}/`,
  `${app}/home?tab=2`,
  `${app}/?next=https://other.example//x/../y`,
  `${app}/user@home`,
  `${app}/?q=100%25`,
  `${local}/`,
  `${local}/a/b?c=d&c=e`,
  `${scheme}/callback`,
  `${scheme}//callback?x=1`,
  `${scheme}///callback`,
];

const refused = [
  // Another host, by name or by trick.
  'https://app.example.com.evil.com',
  'https://app.example.com.evil.com/',
  'https://app.example.com@evil.com',
  'https://app.example.com@evil.com/',
  'https://app.example.com:secret@evil.com/',
  'https://app.example.com:444',
  'https://app.example.com:444/',
  'https://app.example.com:443/',
  'https://app.example.com:/',
  'https://app.example.com\\.evil.com/',
  'https://app.example.com\\@evil.com/',
  'https://app.example.com;evil.com/',
  'https://app.example.com%2eevil.com/',
  'https://app.example.com%00.evil.com/',
  'https://app.example.com#@evil.com/',
  'https://app.example.com,evil.com',
  'https://app.example.comevil.com/',
  'https://app.example.com。evil.com/',
  'https://evil.com/https://app.example.com/',
  'https://evil.com?https://app.example.com/',
  'https://sub.app.example.com/',
  'https://example.com/',
  'https://evil.com',
  // Another spelling: the origin is compared letter by letter.
  'http://app.example.com/',
  'HTTPS://app.example.com/',
  'https://APP.example.com/',
  'https:app.example.com/',
  'https:/app.example.com/',
  'https:///app.example.com/',
  ' https://app.example.com/',
  '\thttps://app.example.com/',
  'view-source:https://app.example.com/',
  'blob:https://app.example.com/x',
  'http://localhost/',
  'http://localhost:51730/',
  'http://127.0.0.1:5173/',
  // Somebody's name, a fragment, spaces, backslashes, control characters.
  'https://user@app.example.com/',
  'https://app.example.com/#',
  'https://app.example.com/#part',
  'https://app.example.com/a b',
  'https://app.example.com/ ',
  'https://app.example.com/\n',
  'https://app.example.com/\r\nset-cookie: a=b',
  'https://app.example.com/\t',
  'https://app.example.com/\u0000',
  'https://app.example.com/\u007f',
  'https://app.example.com/\u2028',
  'https://app.example.com\n/',
  'https://app.example.com/\\evil.com',
  'https://app.example.com/%5cevil.com',
  'https://app.example.com/?a=%0d%0ab',
  'https://app.example.com/?a=%250a',
  // A handoff that somebody else chose.
  'https://app.example.com/?handoff=x',
  'https://app.example.com/?a=b&handoff=',
  'https://app.example.com/?%68andoff=x',
  // Apps' schemes.
  'com.example.app:',
  'com.example.app:callback',
  'com.example.app:?x=1',
  'com.example.app',
  'COM.EXAMPLE.APP:/callback',
  'com.example.app.evil:/callback',
  'com.example:/callback',
  'xcom.example.app:/callback',
  'com.example.app%3a/callback',
  'com.example.app://user@callback',
  'com.example.app:/callback#x',
  'com.example.app:/call\\back',
  'com.example.app:/call\nback',
  'com.example.app:/callback?handoff=x',
  'javascript:alert(1)',
  'data:text/html,x',
  'file:///etc/passwd',
  // What is no path of this site either.
  '//app.example.com/',
  '\\\\app.example.com/',
  '/\\app.example.com/',
  '//evil.com',
  'app.example.com/',
  '',
];

describe('an address under an allowed origin', () => {
  test.each(kept)('is kept as it is: %s', (value) => {
    expect(parseReturnTo(value, allowed)).toBe(value);
    expect(isForeign(value)).toBe(true);
  });

  test.each([
    ['without a path', app, `${app}/`],
    ['with a query in place of a path', `${app}?a=b`, `${app}/?a=b`],
    ['beyond ASCII', `${app}/ä?q=日`, `${app}/%C3%A4?q=%E6%97%A5`],
    ['with dot segments', `${app}/a/../b`, `${app}/b`],
  ])('is written as browsers write it: %s', (_, value, written) => {
    expect(parseReturnTo(value, allowed)).toBe(written);
  });

  test('is no longer than a redirect can carry', () => {
    const longest = `${app}/`.padEnd(2_048, 'a');
    expect(parseReturnTo(longest, allowed)).toBe(longest);
    expect(() => parseReturnTo(`${longest}a`, allowed)).toThrow();
    expect(() => parseReturnTo(`${app}/${'語'.repeat(1_000)}`, allowed)).toThrow();
  });

  test('has that origin; an app’s has its scheme', () => {
    expect(kept.map(originOf)).toEqual([
      ...Array.from({ length: 5 }, () => app),
      ...Array.from({ length: 2 }, () => local),
      ...Array.from({ length: 3 }, () => scheme),
    ]);
  });

  test.each(kept)('is refused where nothing is allowed: %s', (value) => {
    expect(() => parseReturnTo(value)).toThrow(expect.objectContaining({ code: 'invalid_request' }));
    expect(returnToOrHome(value)).toBe('/');
  });

  test('does not keep paths of this site from being what they are', () => {
    expect(parseReturnTo('/messages?q=a', allowed)).toBe('/messages?q=a');
    expect(isForeign('/messages?q=a')).toBe(false);
  });
});

describe('what leads elsewhere, or might', () => {
  test.each(refused.map((value) => [JSON.stringify(value), value]))('is refused: %s', (_, value) => {
    expect(() => parseReturnTo(value, allowed)).toThrow(
      expect.objectContaining({ name: 'Problem', code: 'invalid_request' }),
    );
  });

  const pieces = fc.constantFrom(
    ...[app, local, scheme, 'https://', 'evil.com', 'com.example.app', 'app.example.com', '.', ':', '@', '/'],
    ...['//', '\\', '?', '#', '%', '%2f', '%5c', '%40', '%00', '%0a', '\t', '\n', '\u0000', ' ', ';', '&'],
    ...['=', 'handoff', 'a', '444', '443', 'é', '。', '\u00ad', '\u202e', '[', ']'],
  );
  const values = fc.oneof(
    fc.array(pieces, { maxLength: 8 }).map((parts) => parts.join('')),
    fc
      .tuple(fc.constantFrom(...allowed), fc.array(pieces, { maxLength: 6 }))
      .map(([origin, parts]) => origin + parts.join('')),
    fc.webUrl({ withQueryParameters: true, withFragments: true }),
    fc.string({ unit: 'binary' }).map((text) => `${app}/${text}`),
  );

  test('does not pass, whatever it is made of: what passes is read as an allowed origin by all', () => {
    let elsewhere = 0;
    fc.assert(
      fc.property(values, (value) => {
        const result = returnToOrHome(value, allowed);
        if (!isForeign(result)) return;
        elsewhere += 1;
        const url = new URL(result);
        expect(allowed).toContain(originOf(result));
        // Who reads no further than the first slash, or splits at the last @, sees the same host.
        expect(result).toMatch(
          /^(https:\/\/app\.example\.com|http:\/\/localhost:5173|com\.example\.app:)[/?]/,
        );
        expect([url.username, url.password, url.hash]).toEqual(['', '', '']);
        expect(result).toMatch(/^[\x21-\x7e]{1,2048}$/);
        expect(result).not.toMatch(/[\\#]/);
        expect(parseReturnTo(result, allowed)).toBe(result);
      }),
      { numRuns: 2_000 },
    );
    expect(elsewhere).toBeGreaterThan(100);
  });
});

describe('an address with its handoff', () => {
  const handoff = 'h'.repeat(43);

  test.each([
    [`${app}/`, `${app}/?handoff=${handoff}`],
    [`${app}/home?tab=2&x=a%20b+c`, `${app}/home?tab=2&x=a%20b+c&handoff=${handoff}`],
    [`${app}/?`, `${app}/?handoff=${handoff}`],
    [`${scheme}/callback`, `${scheme}/callback?handoff=${handoff}`],
    [`${scheme}//callback?x=1`, `${scheme}//callback?x=1&handoff=${handoff}`],
  ])('%s', (address, expected) => {
    expect(withOutcome(address, 'handoff', handoff)).toBe(expected);
  });

  test('has one handoff and all that it had before', () => {
    fc.assert(
      fc.property(fc.webPath(), fc.webQueryParameters(), (path, query) => {
        const address = returnToOrHome(`${app}${path}?${query}`, allowed);
        fc.pre(isForeign(address));
        const url = new URL(withOutcome(address, 'handoff', handoff));
        expect(url.searchParams.getAll('handoff')).toEqual([handoff]);
        url.searchParams.delete('handoff');
        expect([...url.searchParams]).toEqual([...new URL(address).searchParams]);
        expect(url.origin + url.pathname).toBe(app + new URL(address).pathname);
      }),
    );
  });
});

describe('the way back that an address of our own names', () => {
  const wayOf = (parameters: Record<string, string>) =>
    returnTargetOrHome(new URLSearchParams(parameters), [...allowed, `${app}/home`]);

  test('leads elsewhere with its challenge', () => {
    expect(wayOf({ return_to: `${app}/home`, code_challenge: challenge })).toEqual({
      returnTo: `${app}/home`,
      codeChallenge: challenge,
    });
  });

  test.each([
    ['without a challenge', { return_to: `${app}/` }],
    ['to an address that is not listed', { return_to: `${app}/other`, code_challenge: challenge }],
    ['with what is no challenge', { return_to: `${app}/`, code_challenge: 'short' }],
    ['to an origin that is not allowed', { return_to: 'https://evil.com/', code_challenge: challenge }],
    ['nowhere', {}],
  ])('leads to the start page if it leads %s', (_, parameters) => {
    expect(wayOf(parameters)).toEqual({ returnTo: '/' });
  });

  test('on this site needs no challenge', () => {
    expect(wayOf({ return_to: '/mailbox', code_challenge: challenge })).toEqual({ returnTo: '/mailbox' });
  });
});
