import { existsSync, globSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { expect, it } from 'vitest';

const project = resolve(import.meta.dirname, '../..');
const security = readFileSync(join(project, 'SECURITY.md'), 'utf8');
const links = [...security.matchAll(/\]\(([^)#]+)[^)]*\)/g)].map(([, target = '']) => target);
const rows = security.split('\n').filter((line) => /^\| (?!---)/.test(line));

it('SECURITY.md cites nothing that is not there', () => {
  const local = links.filter((target) => !target.includes('://'));
  expect(local.length).toBeGreaterThan(100);
  expect(local.filter((target) => !existsSync(join(project, target)))).toEqual([]);
});

it('cites every test of an attack, a fault or a parser', () => {
  const tests = globSync('test/{attacks,faults,properties,load}/**/*.test.ts', { cwd: project });
  expect(tests.length).toBeGreaterThan(40);
  expect(tests.filter((test) => !links.includes(test))).toEqual([]);
});

it('says for each requirement of ASVS once whether it is met, and how or why not', () => {
  const requirements = rows.filter((row) => /^\| \d+\.\d+\.\d+/.test(row));
  const cells = requirements.map((row) => row.slice(2, -2).split(' | '));
  expect(cells.length).toBeGreaterThan(80);
  const numbers = cells.flatMap(([name = '']) => name.match(/\d+\.\d+\.\d+/g) ?? []);
  expect(numbers).toEqual([...new Set(numbers)]);
  const unclear = cells.filter(
    ([, level = '', met = '', how = '']) =>
      !/^[123](, [123])*$/.test(level) || !['yes', 'no', 'partly'].includes(met) || how.length < 3,
  );
  expect(unclear).toEqual([]);
});
