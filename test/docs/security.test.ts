import { existsSync, globSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { expect, it } from 'vitest';
import { quoted, tableRows } from './markdown.ts';

const project = resolve(import.meta.dirname, '../..');
const read = (name: string) => readFileSync(join(project, 'test/attacks', name), 'utf8');

/** The last cells of the tables of attacks and faults: the tests that show what is said. */
const shownBy = read('README.md')
  .split('\n| threat or fault | what happens | shown by |\n')
  .slice(1)
  .flatMap((table) => (table.split('\n\n')[0] ?? '').split('\n').slice(1))
  .map((row) => row.slice(0, -2).split(' | ').at(-1) ?? '');
const cited = new Set(
  shownBy
    .flatMap(quoted)
    .filter((name) => !name.includes(' '))
    .map(pathOf),
);

const asvs = read('asvs.md');
const requirements = tableRows(asvs, 'requirement', 'level', 'met', 'why');

it('the security case cites nothing that is not there', () => {
  expect(cited.size).toBeGreaterThan(100);
  expect([...cited].filter((test) => !existsSync(join(project, test)))).toEqual([]);
});

it('says of each attack and fault which test shows it, or that none does', () => {
  expect(shownBy.length).toBeGreaterThan(200);
  expect(shownBy.filter((cell) => cell !== 'none' && !/`.+`|\]\(/.test(cell))).toEqual([]);
});

it('cites every test of an attack, a fault or a parser', () => {
  const tests = globSync('test/{attacks,faults,properties,load}/**/*.test.ts', { cwd: project });
  expect(tests.length).toBeGreaterThan(40);
  expect(tests.filter((test) => !cited.has(test))).toEqual([]);
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

/** Where a test is that the case names by its path under test/, or within test/attacks by its name alone. */
function pathOf(name: string): string {
  return `test/${name.includes('/') ? name : `attacks/${name}`}.test.ts`;
}
