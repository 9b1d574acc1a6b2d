import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parts } from '../bench/parts.ts';
import { type TargetName, targets } from '../bench/targets.ts';
import { targetsTable } from '../bench/targets-table.ts';
import { quoted, relativeLinks, tableRows } from './markdown.ts';

const folder = new URL('../bench/', import.meta.url);
const readme = readFileSync(new URL('README.md', folder), 'utf8');
const head = ['what', 'must', 'aim', 'measured', 'result'];

describe('the README of the benchmark', () => {
  it('names each of its parts', () => {
    const [named = ''] = /parts are .*?\.\s/s.exec(readme) ?? [];
    expect(quoted(named)).toEqual(Object.keys(parts));
  });

  it('has each target with a figure, judged as the benchmark judges it', () => {
    const told = tableRows(readme, ...head);
    const names = Object.keys(targets) as TargetName[];
    const figures = names.map((name, index): [TargetName, number] => [name, numberIn(told[index]?.[3])]);
    expect(told).toEqual(tableRows(targetsTable(Object.fromEntries(figures)), ...head));
  });

  it('shows pictures that say what they show, in light and dark, on what and when it was measured', () => {
    const pictures = relativeLinks(readme).filter((link) => link.endsWith('.svg'));
    expect(pictures).toEqual([
      '../../.github/cold-starts.svg',
      '../../.github/sync.svg',
      '../../.github/pace.svg',
    ]);
    for (const picture of pictures) {
      const svg = readFileSync(new URL(picture, folder), 'utf8');
      expect(svg).toContain('prefers-color-scheme: dark');
      expect(svg).toMatch(/<title>[^<]{5,}<\/title>/);
      expect(svg).toMatch(/Node v24\.\d+\.\d+, .*, \d{4}-\d\d-\d\d</);
    }
  });
});

/** The number that a cell begins with. */
function numberIn(cell = ''): number {
  const [digits = ''] = /^[\d.,]+/.exec(cell) ?? [];
  return digits === '' ? Number.NaN : Number(digits.replaceAll(',', ''));
}
