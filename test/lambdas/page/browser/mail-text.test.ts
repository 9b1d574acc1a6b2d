import { describe, expect, it } from 'vitest';
import type { MessagePart } from '../../../../lambdas/api/answers.ts';
import {
  attachmentsOf,
  findLinks,
  headerOf,
  isWebAddress,
  textOf,
} from '../../../../lambdas/page/browser/mail-text.ts';

function part(mimeType: string, body: string | Buffer, changes: Partial<MessagePart> = {}): MessagePart {
  const bytes = Buffer.from(body);
  return {
    mimeType,
    body: { size: bytes.length, data: bytes.toString('base64url') },
    ...changes,
  };
}

const multipart = (...parts: MessagePart[]) => part('multipart/mixed', '', { parts });
const charset = (name: string) => ({
  headers: [{ name: 'Content-Type', value: `text/plain; charset="${name}"` }],
});

describe('the text of a message', () => {
  it('is the plain one, wherever it stands', () => {
    const payload = multipart(
      part('multipart/alternative', '', { parts: [part('text/html', '<p>H'), part('text/plain', 'P\r\nQ')] }),
    );
    expect(textOf(payload)).toEqual({ kind: 'plain', text: 'P\nQ' });
  });

  it('is HTML where the plain one is empty or missing', () => {
    expect(textOf(multipart(part('text/plain', ' \r\n'), part('text/html', '<p>H')))).toEqual({
      kind: 'html',
      text: '<p>H',
    });
    expect(textOf(part('text/html', '<p>H'))).toEqual({ kind: 'html', text: '<p>H' });
  });

  it('is no attached file', () => {
    const file = part('text/plain', 'file', { filename: 'notes.txt' });
    expect(textOf(multipart(file))).toEqual({ kind: 'none', text: '' });
    expect(attachmentsOf(multipart(part('text/plain', 'x'), file))).toEqual([{ name: 'notes.txt', size: 4 }]);
  });

  it.each([
    ['UTF-8 whatever the part calls itself', Buffer.from('Zürich ไทย'), 'iso-8859-1', 'Zürich ไทย'],
    ['what the part calls itself', Buffer.from([0xe0, 0xb7]), 'tis-620', 'เท'],
    ['a usual one where that is unknown', Buffer.from([0x5a, 0xfc]), 'x-unheard-of', 'Zü'],
  ])('is read as %s', (_, bytes, name, text) => {
    expect(textOf(part('text/plain', bytes, charset(name))).text).toBe(text);
  });
});

it('headers are found in any case', () => {
  const payload = part('text/plain', '', { headers: [{ name: 'SUBJECT', value: 'Hello' }] });
  expect(headerOf(payload, 'subject')).toBe('Hello');
  expect(headerOf(payload, 'cc')).toBe('');
});

describe('links in a text', () => {
  it('are the web addresses, without the sentence around them', () => {
    expect(findLinks('See (https://a.example/b?c=d), or http://e.example. Not javascript:alert(1).')).toEqual(
      [
        { text: 'See (' },
        { text: 'https://a.example/b?c=d', href: 'https://a.example/b?c=d' },
        { text: '), or ' },
        { text: 'http://e.example', href: 'http://e.example' },
        { text: '. Not javascript:alert(1).' },
      ],
    );
  });

  it('keep the text as it was', () => {
    const text = 'https://x https://[ <https://a.example> "https://b.example"\nhttps://c.example/ end';
    expect(
      findLinks(text)
        .map((piece) => piece.text)
        .join(''),
    ).toBe(text);
    expect(findLinks('')).toEqual([]);
  });
});

it.each([
  ['https://a.example', true],
  ['mailto:ann@example.com', true],
  ['/?source=copy', false],
  ['javascript:alert(1)', false],
  [' java\nscript:alert(1)', false],
  ['data:text/html,x', false],
  ['blob:https://a.example/1', false],
])('%j may be a link: %s', (address, may) => {
  expect(isWebAddress(address)).toBe(may);
});
