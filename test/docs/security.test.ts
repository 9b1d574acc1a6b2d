import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { expect, it } from 'vitest';
import { quoted, tableRows } from './markdown.ts';
import { securityCase } from './security-case.ts';

const project = resolve(import.meta.dirname, '../..');
const read = (name: string) => readFileSync(join(project, 'test/attacks', name), 'utf8');

const asvs = read('asvs.md');
const requirements = tableRows(asvs, 'requirement', 'level', 'met', 'why');

it('the security case is what npm run docs writes', () => {
  expect(read('README.md') === securityCase(), 'npm run docs writes it anew').toBe(true);
});

it('says of each requirement of ASVS that is not met, once, what is missing', () => {
  const numbers = requirements.flatMap(([name = '']) => numbersIn(name));
  expect(numbers.length).toBeGreaterThan(20);
  expect(numbers).toEqual([...new Set(numbers)]);
  const unclear = requirements.filter(
    ([, level = '', met = '', why = '']) =>
      !/^[123](, [123])*$/.test(level) || !['no', 'partly'].includes(met) || why.length < 20,
  );
  expect(unclear).toEqual([]);
  const names = requirements
    .flatMap(([, , , why = '']) => quoted(why))
    .filter((name) => /^\w+\/[\w-]/.test(name));
  expect(names.filter((name) => !existsSync(join(project, `test/${name}.test.ts`)))).toEqual([]);
});

it('counts those of each chapter', () => {
  for (const [chapter = '', , partly, no] of tableRows(asvs, 'chapter', 'met', 'partly', 'not met')) {
    const [number] = chapter.split(' ');
    const countOf = (met: string) =>
      requirements
        .filter((row) => row[2] === met)
        .flatMap(([name = '']) => numbersIn(name))
        .filter((one) => one.startsWith(`${number}.`)).length;
    expect([chapter, Number(partly), Number(no)]).toEqual([chapter, countOf('partly'), countOf('no')]);
  }
});

function numbersIn(requirement: string): string[] {
  return requirement.match(/\d+\.\d+\.\d+/g) ?? [];
}
