import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { type TableName, type TableShape, tables } from '../../infra/tables.ts';
import { quoted, tableRows } from './markdown.ts';

const map = readFileSync(new URL('../../lambdas/README.md', import.meta.url), 'utf8');
const rows = tableRows(map, 'table', 'key, indexes');
const names = Object.keys(tables) as TableName[];

describe('what the map says of the data', () => {
  it('is about every table', () => {
    expect(new Set(rows.flatMap(([name = '']) => quoted(name)))).toEqual(new Set(names));
  });

  it.each(names)('names the keys and the indexes of %s', (name) => {
    const { partitionKey, sortKey, indexes }: TableShape = tables[name];
    const keys = rows.filter(([cell]) => cell === `\`${name}\``).flatMap(([, cell = '']) => quoted(cell));
    const sortKeys = sortKey === undefined ? [] : [sortKey.name];
    expect(keys).toEqual(expect.arrayContaining([partitionKey, ...sortKeys, ...Object.keys(indexes)]));
  });
});
