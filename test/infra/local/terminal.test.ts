import { expect, test } from 'vitest';
import { createTerminal, type TerminalOutput } from '../../../infra/local/terminal.ts';

function open(screen: Partial<TerminalOutput> = { isTTY: true, columns: 80 }) {
  let written = '';
  const terminal = createTerminal({
    ...screen,
    write: (text) => {
      written += text;
    },
  });
  return { terminal, written: () => written };
}

/** What a person sees: a carriage return with the erasure after it starts the line anew. */
function visible(text: string): string[] {
  return text.split('\n').map((line) => line.split('\r\u001B[K').at(-1) ?? '');
}

test('log lines scroll by above the line that stays, and neither tears the other', () => {
  const { terminal, written } = open();
  terminal.log('one');
  terminal.update('ada 1');
  terminal.log('two, longer than what stays');
  terminal.update('ada 2');
  terminal.log('three');
  expect(visible(written())).toEqual(['one', 'two, longer than what stays', 'three', 'ada 2']);
});

test('an empty update takes the line away', () => {
  const { terminal, written } = open();
  terminal.update('ada 1');
  terminal.update('');
  terminal.log('one');
  expect(visible(written())).toEqual(['one', '']);
});

test('the line that stays is cut to the width, since one that wraps could not be cleared', () => {
  const { terminal, written } = open({ isTTY: true, columns: 10 });
  terminal.update('0123456789abc');
  expect(visible(written())).toEqual(['012345678']);
});

test('a terminal that does not know its width has 80 columns', () => {
  const { terminal, written } = open({ isTTY: true, columns: 0 });
  terminal.update('x'.repeat(100));
  expect(visible(written())).toEqual(['x'.repeat(79)]);
});

test('whether a line can stay depends on the screen', () => {
  expect(open().terminal.canUpdate).toBe(true);
  expect(open({}).terminal.canUpdate).toBe(false);
});

test('a log alone is written without control characters', () => {
  const { terminal, written } = open({});
  terminal.log('one');
  expect(written()).toBe('one\n');
});
