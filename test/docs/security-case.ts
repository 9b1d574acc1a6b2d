import { globSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { withDescription } from '../../infra/description/markdown-file.ts';

const project = resolve(import.meta.dirname, '../..');

export const securityCaseFile = join(project, 'test/attacks/README.md');

/** The chapters of the security case: the folders whose tests it lists. */
const chapters = { Attacks: 'attacks', Faults: 'faults', 'Any input': 'properties', Load: 'load' };

/** The security case as it is, with its tables made anew from the titles of the tests. */
export function securityCase(): string {
  const tables = Object.entries(chapters).map(([title, folder]) => {
    const tests = globSync(`test/${folder}/**/*.test.ts`, { cwd: project }).toSorted();
    return [
      `## ${title}\n`,
      '| tests | what they attack or require |',
      '| --- | --- |',
      ...tests.map(rowOf),
    ].join('\n');
  });
  return withDescription(readFileSync(securityCaseFile, 'utf8'), tables.join('\n\n'));
}

function rowOf(test: string): string {
  const path = test.replace(/^test\//, '../').replace(/^\.\.\/attacks\//, '');
  const name = path.split('/').at(-1)?.replace('.test.ts', '') ?? '';
  return `| [${name}](${path}) | ${titlesIn(readFileSync(join(project, test), 'utf8')).join('<br>')} |`;
}

/** The titles of groups, and of tests outside groups. A table of cases fills in `…`. */
function titlesIn(source: string): string[] {
  return source.split(/\n(?=(?:describe|it|test)\b)/).flatMap((part) => {
    const [, words = ''] = plainTitle.exec(part) ?? titleAfterTable.exec(part) ?? [];
    const shown = words.replaceAll(/%s|%j|\$[\w.]+/g, '…');
    return /\p{L}/u.test(shown) ? [shown] : [];
  });
}

const plainTitle = /^(?:describe|it|test)(?:\.\w+)*\(\s*'([^'\n]+)'/;
const titleAfterTable = /^(?:describe|it|test).*?\)\(\s*'([^'\n]+)'/s;
