import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { type TableName, type TableShape, tables } from '../../infra/tables.ts';
import { quoted } from './markdown.ts';

const lambdas = new URL('../../lambdas/', import.meta.url);
const map = readFileSync(new URL('README.md', lambdas), 'utf8');
const names = Object.keys(tables) as TableName[];

/** What the map says of each table, from its name in bold to the next. */
const told = new Map(
  [...map.matchAll(/^\*\*`(\w+)`\*\*(.*?)(?=^\*\*)/gms)].map(([, name = '', text = '']) => [name, text]),
);

/** Every word within back-quotes: `dueKey`, `<account>#<generation>`. */
const wordsOf = (text: string) => new Set(quoted(text).flatMap((quote) => quote.split(', ')));

describe('what the map says of the data', () => {
  it('is about every table', () => {
    expect([...told.keys()].toSorted()).toEqual(names.toSorted());
  });

  it.each(names)('names the keys and the indexes of %s', (name) => {
    const { partitionKey, sortKey, indexes }: TableShape = tables[name];
    const [head = ''] = (told.get(name) ?? '').split('\n\n');
    expect(quoted(head)).toEqual(
      expect.arrayContaining([partitionKey, ...(sortKey === undefined ? [] : [sortKey.name])]),
    );
    expect([...wordsOf(told.get(name) ?? '')]).toEqual(expect.arrayContaining(Object.keys(indexes)));
  });

  it.each([
    ['grants', 'grants/grant.ts', 'Grant'],
    ['mailboxes', 'sync/mailbox/mailbox-state.ts', 'MailboxState'],
    ['messages', 'copied-message.ts', 'CopiedMessage'],
    ['messages', 'copied-message.ts', 'FailedMessage'],
  ])('names, of %s, each attribute of %s', (table, file, shape) => {
    const source = readFileSync(new URL(file, lambdas), 'utf8');
    const [body = ''] = new RegExp(`^export interface ${shape}\\b.*?^}`, 'ms').exec(source) ?? [];
    const attributes = [...body.matchAll(/^ {2}readonly (\w+)\??:/gm)].map(([, name = '']) => name);
    expect(attributes.length).toBeGreaterThan(2);
    const words = wordsOf(told.get(table) ?? '');
    // The ID of a message is the table's key, under its own name.
    expect(attributes.filter((name) => name !== 'id' && !words.has(name))).toEqual([]);
  });
});
