import { TextDecoder } from 'node:util';
import { createTextDecoder } from '../../lambdas/text.ts';

/** Gives the lines of a text that people wrote, in UTF-8 or UTF-16, with the line ends of Unix or Windows. */
export async function* textLines(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  let rest = '';
  for await (const text of decode(chunks)) {
    const lines = (rest + text).split('\n');
    rest = lines.pop() ?? '';
    yield* lines.map((line) => line.replace(/\r$/, ''));
  }
  if (rest !== '') yield rest;
}

async function* decode(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  let decoder: TextDecoder | undefined;
  let start = Buffer.alloc(0);
  for await (const chunk of chunks) {
    if (decoder !== undefined) {
      yield decoder.decode(chunk, { stream: true });
      continue;
    }
    // A pipe may deliver fewer than the two bytes that determine the encoding.
    start = Buffer.concat([start, chunk]);
    if (start.length < 2) continue;
    decoder = createTextDecoder(start);
    yield decoder.decode(start, { stream: true });
  }
  yield decoder === undefined ? new TextDecoder().decode(start) : decoder.decode();
}
