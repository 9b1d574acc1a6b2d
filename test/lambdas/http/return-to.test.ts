import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Problem } from '../../../lambdas/errors.ts';
import { parseReturnTo, returnToOrHome } from '../../../lambdas/http/return-to.ts';

const origin = 'https://mail.example.com';

/** Short to send, and too long once written as a Location must be. */
const tooLong = `/messages?q=${'語'.repeat(1_000)}`;

const kept = [
  '/',
  '/messages',
  '/messages?q=is:unread',
  '/messages?q=is:unread&labelIds=A&labelIds=B',
  '/messages/18c2f?format=raw',
  '/a/b/c/',
  '/a-b_c~d.e/f',
  '/..a/b..c/...',
  '/messages#list',
  // The rules of the path do not hold for the query.
  '/messages?q=from:ann@example.com',
  '/messages?next=https://example.com//x/../y',
  '/messages?q=100%25',
  '/messages?q=%40%2F%2F..%2F',
];

const encodable = [
  'https://evil.example',
  'https:evil.example',
  'HTTPS://EVIL.EXAMPLE/',
  'javascript:alert(1)',
  'data:text/html,x',
  '//evil.example',
  '///evil.example',
  '/\\evil.example',
  '\\\\evil.example',
  '\\/evil.example',
  '/\t/evil.example',
  '/\n/evil.example',
  '/\r/evil.example',
  '\t//evil.example',
  ' //evil.example',
  '/a//evil.example',
  '/a/\\evil.example',
  '/./evil',
  '/a/../evil',
  '/../evil',
  '/a/..',
  '/a/.',
  '/.',
  '/..//evil.example',
  '/user@evil.example',
  '/user:password@evil.example/',
  '@evil.example',
  '/a\u0000b',
  '/a\u007fb',
  '/messages?q=a\\b',
  '/messages?q=a\u0000b',
  '/messages?q=a\nb',
  '/messages?q=a\u007fb',
  '/messages#a\\b',
  'messages',
  '.',
  '?q=1',
  '#a',
];

/** Every byte as percent code, the leading slash aside where that is what makes the path. */
function encode(text: string): string {
  const [head, rest] = text.startsWith('/') ? ['/', text.slice(1)] : ['', text];
  const code = (character: string) => `%${character.charCodeAt(0).toString(16).padStart(2, '0')}`;
  return head + rest.replace(/[^?#=a-z]/g, code);
}

const encodeAgain = (text: string) => text.replaceAll('%', '%25');

describe('a path of this site', () => {
  test.each(kept)('is kept as it is: %s', (value) => {
    expect(parseReturnTo(value)).toBe(value);
  });

  test('comes out in ASCII', () => {
    expect(parseReturnTo('/ä?q=日本')).toBe('/%C3%A4?q=%E6%97%A5%E6%9C%AC');
  });

  test('comes out as it went in when it goes in again', () => {
    const once = parseReturnTo('/ä b?q=ü d');
    expect(parseReturnTo(once)).toBe(once);
  });
});

describe('what leads elsewhere, or might', () => {
  const forms = [
    ...encodable,
    ...encodable.map(encode),
    ...encodable.map((value) => encodeAgain(encode(value))),
    ...encodable.map((value) => encodeAgain(encodeAgain(encode(value)))),
    '',
    '%2f%2fevil.example',
    '/%2fevil.example',
    '/%5cevil.example',
    '/%255cevil.example',
    '/%2e%2e/evil',
    '/%252e%252e/evil',
    '/%0d%0aLocation:%20https://evil.example',
    '/messages?q=%5c',
    '/messages?q=%255c',
    '/messages?q=%0a',
    '/user%40evil.example',
    '/user%2540evil.example',
    '/100%',
    '/100%25',
    // A parser of URLs drops the blank at the end.
    '/auth ',
    '/a%2F%2e ',
  ].filter((value) => !kept.includes(value));

  test.each(forms.map((value) => [JSON.stringify(value), value]))('is refused: %s', (_, value) => {
    expect(() => parseReturnTo(value)).toThrow(
      expect.objectContaining({ name: 'Problem', code: 'invalid_request' }),
    );
    expect(returnToOrHome(value)).toBe('/');
  });

  test('is refused when it is longer than a redirect can carry', () => {
    expect(parseReturnTo(`/${'a'.repeat(2_000)}`)).toHaveLength(2_001);
    expect(() => parseReturnTo(`/${'a'.repeat(2_048)}`)).toThrow(Problem);
  });
});

describe('whatever passes', () => {
  const pieces = fc.constantFrom(
    ...[
      '/',
      '//',
      '\\',
      '.',
      '..',
      '/./',
      '/../',
      '@',
      ':',
      '?',
      '#',
      '%',
      '%2f',
      '%2F',
      '%5c',
      '%2e',
      '%25',
    ],
    ...[
      '%252f',
      '%255c',
      '%00',
      '%0a',
      '\t',
      '\n',
      '\u0000',
      ' ',
      'a',
      'evil.example',
      'https:',
      ';',
      '&',
      '=',
      'é',
    ],
  );
  const tricky = fc.array(pieces, { maxLength: 8 }).map((parts) => parts.join(''));
  const values = fc.oneof(
    tricky,
    tricky.map((text) => `/${text}`),
    fc.webPath(),
    fc.string({ unit: 'binary' }).map((text) => `/${text}`),
  );

  test('stays on this site, on a path without double slashes or dot segments', () => {
    let passed = 0;
    fc.assert(
      fc.property(values, (value) => {
        const result = returnToOrHome(value);
        if (result !== '/') passed += 1;
        const url = new URL(result, origin);
        expect(url.origin).toBe(origin);
        expect(url.username + url.password).toBe('');
        expect(url.pathname).not.toContain('//');
        expect(url.pathname + url.search + url.hash).toBe(result);
        expect(result).toMatch(/^\/[\x21-\x7e]*$/);
      }),
      { numRuns: 1_000 },
    );
    expect(passed).toBeGreaterThan(50);
  });

  test('stays there however often a server undoes its percent code', () => {
    fc.assert(
      fc.property(values, (value) => {
        const [path = ''] = returnToOrHome(value).split(/[?#]/);
        for (let undone = path, before = ''; undone !== before; ) {
          before = undone;
          undone = undone.replace(/%([0-9a-f]{2})/gi, (_, hex: string) =>
            String.fromCharCode(parseInt(hex, 16)),
          );
          expect(undone).toMatch(/^\/(?!\/)/);
          expect(undone).not.toMatch(/[\\@]|\/\/|\/\.\.?(\/|$)/);
        }
      }),
      { numRuns: 1_000 },
    );
  });
});

test('a path that would not fit a redirect is refused', () => {
  expect(() => parseReturnTo(tooLong)).toThrow(Problem);
  expect(returnToOrHome(tooLong)).toBe('/');
});

describe('an origin that is not on the list', () => {
  const faultOf = (value: string, allowed?: readonly string[]) => {
    try {
      return parseReturnTo(value, allowed);
    } catch (error) {
      return error instanceof Problem ? error.message : error;
    }
  };
  const words = (named: string) =>
    `return_to leads to ${named}, which is not an allowed return origin: add it to allowedReturnOrigins (ALLOWED_RETURN_ORIGINS), or give a path of this site.`;

  test.each([
    ['https://app.example.com/a?b=secret', 'https://app.example.com'],
    ['HTTPS:App.example.com', 'https://app.example.com'],
    ['http://localhost:5173/', 'http://localhost:5173'],
    ['https://user:secret@app.example.com/', 'https://app.example.com'],
    ['https://\u00e4pp.example/', 'https://xn--pp-uia.example'],
    ['com.example.app:/done', 'com.example.app:'],
  ])('is named, with the setting: %s', (value, named) => {
    expect(faultOf(value, ['https://other.example.com'])).toBe(words(named));
    expect(faultOf(value, [])).toBe(words(named));
  });

  test.each([
    'javascript:alert(1)',
    'data:text/html,x',
    '//evil.example',
    'https://',
    `https://${'a'.repeat(250)}.example/`,
    `https://evil.example/${'a'.repeat(2_100)}`,
    'evil.example',
  ])('is not named where it could not be allowed: %s', (value) => {
    expect(faultOf(value, [])).toMatch(/^return_to must be a path of this site/);
  });

  test('is not named where only paths will do, nor where it is on the list', () => {
    expect(faultOf('https://app.example.com/')).toMatch(/^return_to must be a path/);
    expect(faultOf('HTTPS://app.example.com/', ['https://app.example.com'])).toBe(
      'return_to must begin with exactly https://app.example.com.',
    );
  });
});
