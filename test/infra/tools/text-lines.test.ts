import { expect, test } from 'vitest';
import { textLines } from '../../../infra/tools/text-lines.ts';

const text = '{"a":"é 😀\u2028"}\r\n\n{"b":2}';

test.each<[string, Buffer]>([
  ['UTF-8 without a mark', Buffer.from(text)],
  ['UTF-8', Buffer.from(`\uFEFF${text}`)],
  ['UTF-16, little-endian', Buffer.from(`\uFEFF${text}`, 'utf16le')],
  ['UTF-16, big-endian', Buffer.from(`\uFEFF${text}`, 'utf16le').swap16()],
])('lines of %s are read, wherever the bytes are cut', async (_, bytes) => {
  for (const size of [1, 2, 3, 5, bytes.length]) {
    async function* chunks() {
      for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
    }
    expect(await Array.fromAsync(textLines(chunks()))).toEqual(['{"a":"é 😀\u2028"}', '', '{"b":2}']);
  }
});

test('an empty file has no lines', async () => {
  async function* nothing() {}
  expect(await Array.fromAsync(textLines(nothing()))).toEqual([]);
});
