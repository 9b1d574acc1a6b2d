import { existsSync, globSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { expect, it } from 'vitest';
import { relativeLinks } from './markdown.ts';

const project = resolve(import.meta.dirname, '../..');
const folder = join(project, 'test/attacks');
const read = (name: string) => readFileSync(join(folder, name), 'utf8');
const files = ['README.md', 'asvs.md'].flatMap((name) =>
  relativeLinks(read(name)).map((target) => join(folder, target.split('#')[0] ?? '')),
);

it('the security case cites nothing that is not there', () => {
  expect(files.length).toBeGreaterThan(100);
  expect(files.filter((file) => !existsSync(file))).toEqual([]);
});

it('cites every test of an attack, a fault or a parser', () => {
  const tests = globSync('test/{attacks,faults,properties,load}/**/*.test.ts', { cwd: project });
  expect(tests.length).toBeGreaterThan(40);
  expect(tests.filter((test) => !files.includes(join(project, test)))).toEqual([]);
});

it('says for each requirement of ASVS once whether it is met, and how or why not', () => {
  const rows = read('asvs.md')
    .split('\n')
    .filter((line) => /^\| \d+\.\d+\.\d+/.test(line));
  const cells = rows.map((row) => row.slice(2, -2).split(' | '));
  expect(cells.length).toBeGreaterThan(80);
  const numbers = cells.flatMap(([name = '']) => name.match(/\d+\.\d+\.\d+/g) ?? []);
  expect(numbers).toEqual([...new Set(numbers)]);
  const unclear = cells.filter(
    ([, level = '', met = '', how = '']) =>
      !/^[123](, [123])*$/.test(level) || !['yes', 'no', 'partly'].includes(met) || how.length < 3,
  );
  expect(unclear).toEqual([]);
});
