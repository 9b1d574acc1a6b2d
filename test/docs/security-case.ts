import { globSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { withDescription } from '../../infra/description/markdown-file.ts';

const project = resolve(import.meta.dirname, '../..');

export const securityCaseFile = join(project, 'test/attacks/README.md');

/** The chapters of the security case: the folders whose tests it lists. */
const chapters = { Attacks: 'attacks', Faults: 'faults', 'Any input': 'properties', Load: 'load' };

/** The security case as it is, with its lists made anew from the titles of the tests. */
export function securityCase(): string {
  const lists = Object.entries(chapters).map(([title, folder]) => {
    const tests = globSync(`test/${folder}/**/*.test.ts`, { cwd: project }).toSorted();
    return [`## ${title}`, ...tests.map(listOf)].join('\n\n');
  });
  return withDescription(readFileSync(securityCaseFile, 'utf8'), lists.join('\n\n'));
}

/** A test file as a heading, and what its tests show as a list. */
function listOf(test: string): string {
  const path = test.replace(/^test\//, '../').replace(/^\.\.\/attacks\//, '');
  const name = path.split('/').at(-1)?.replace('.test.ts', '') ?? '';
  return [`**[${name}](${path})**`, ...titlesIn(readFileSync(join(project, test), 'utf8'))].join('\n');
}

/** The titles of groups and tests, a line each; what a table of cases fills in is `…`. */
function titlesIn(source: string): string[] {
  return source.split(/\n(?= *(?:describe|it|test)\b)/).flatMap((part) => {
    const [, indent = '', words = ''] = plainTitle.exec(part) ?? titleAfterTable.exec(part) ?? [];
    const shown = words.replaceAll(/%s|%j|\$[\w.]+/g, '…');
    const isGroup = indent === '';
    return words !== '' && (isGroup || /\p{L}/u.test(shown)) ? [`${isGroup ? '' : '  '}- ${shown}`] : [];
  });
}

const plainTitle = /^( *)(?:describe|it|test)(?:\.\w+)*\(\s*'([^'\n]+)'/;
const titleAfterTable = /^( *)(?:describe|it|test).*?\)\(\s*'([^'\n]+)'/s;
