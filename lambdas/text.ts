import { TextDecoder } from 'node:util';

/**
 * The byte order mark that editors and shells, above all on Windows, write before a text. The second form is the UTF-8
 * mark after a program read it as Windows-1252.
 */
const byteOrderMark = /^(\uFEFF|\u00EF\u00BB\u00BF)/;

/** The text without a byte order mark. */
export function withoutByteOrderMark(text: string): string {
  return text.replace(byteOrderMark, '');
}

/** Decodes a file: UTF-8, or UTF-16 if its byte order mark says so. The mark is removed. */
export function decodeText(bytes: Uint8Array): string {
  return createTextDecoder(bytes).decode(bytes);
}

/**
 * A decoder for a text that arrives in parts.
 *
 * @param start at least the first two bytes
 */
export function createTextDecoder([first, second]: Uint8Array): TextDecoder {
  if (first === 0xff && second === 0xfe) return new TextDecoder('utf-16le');
  if (first === 0xfe && second === 0xff) return new TextDecoder('utf-16be');
  return new TextDecoder();
}
