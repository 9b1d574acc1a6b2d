/**
 * How large the project is and how it hangs together, as a table: `node test/shape.ts [root]`, where the root may be a
 * checkout of another commit.
 */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';

const root = process.argv[2] ?? join(import.meta.dirname, '..');
const files = execFileSync('git', ['ls-files'], { cwd: root, encoding: 'utf8' }).trim().split('\n');
const read = (file: string) => readFileSync(join(root, file), 'utf8');
const linesOf = (text: string) => text.split('\n').length - 1;

const sources = files.filter((file) => /^(lambdas|infra)\/.*\.(ts|css)$/.test(file));
const modules = sources.filter((file) => file.endsWith('.ts'));
const tests = files.filter((file) => /^test\/.*\.ts$/.test(file));
const documents = files.filter((file) => file.endsWith('.md'));
const sum = (numbers: readonly number[]) => numbers.reduce((all, one) => all + one, 0);

function medianAndP90(numbers: readonly number[]): string {
  const sorted = numbers.toSorted((one, other) => one - other);
  const at = (share: number) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))];
  return `${at(0.5)}, ${at(0.9)}`;
}

/** The lines of each function with a block, as Biome sets it: from the line that opens it to its brace. */
function functionLines(text: string): number[] {
  const lines = text.split('\n');
  return lines.flatMap((line, start) => {
    const opens =
      /(=> |\)(: .+)? )\{$/.test(line) && !/^ *(\} )?(if|for|while|switch|else|catch)\b/.test(line);
    const indent = /^ */.exec(line)?.[0] ?? '';
    const end = opens ? lines.findIndex((other, at) => at > start && other.startsWith(`${indent}}`)) : -1;
    return end < 0 ? [] : [end - start + 1];
  });
}

const importsOf = new Map(
  modules.map((file) => [
    file,
    [...read(file).matchAll(/ from '(\.[^']+)';/g)]
      .map(([, name = '']) => normalize(join(dirname(file), name)))
      .filter((name) => modules.includes(name)),
  ]),
);

/** The longest chain of imports from each file, and the circles on the way. */
const circles = new Set<string>();
const lengths = new Map<string, number>();
function chainFrom(file: string, path: readonly string[]): number {
  if (path.includes(file)) {
    circles.add([...path.slice(path.indexOf(file)), file].join(' → '));
    return 0;
  }
  const known = lengths.get(file);
  if (known !== undefined) return known;
  const length =
    1 + Math.max(0, ...(importsOf.get(file) ?? []).map((next) => chainFrom(next, [...path, file])));
  lengths.set(file, length);
  return length;
}

const naming = (word: string, among: readonly string[]) =>
  among.filter((file) => read(file).includes(word)).length;
console.table({
  'lines of source': sum(sources.map((file) => linesOf(read(file)))),
  'lines of tests': sum(tests.map((file) => linesOf(read(file)))),
  'Markdown, KB': Math.round(sum(documents.map((file) => Buffer.byteLength(read(file)))) / 1_000),
  exports: sum(modules.map((file) => read(file).match(/^export /gm)?.length ?? 0)),
  'files that name labels-list': naming('labels-list', files),
  'source files that name pollSeconds': naming('pollSeconds', sources),
  'source files that name a messageId': naming('messageId', sources),
  'longest chain of imports': Math.max(...modules.map((file) => chainFrom(file, []))),
  circles: [...circles].join('; ') || 'none',
  'lines of a file, median and p90': medianAndP90(modules.map((file) => linesOf(read(file)))),
  'lines of a function, median and p90': medianAndP90(modules.flatMap((file) => functionLines(read(file)))),
});
