import { globSync, readFileSync } from 'node:fs';

const lambdas = new URL('../../lambdas/', import.meta.url);

/** What the functions' sources say of metrics. */
const sources = globSync('**/*.ts', { cwd: lambdas })
  .map((file) => readFileSync(new URL(file, lambdas), 'utf8'))
  .filter((source) => source.includes('metrics('))
  .join('\n');

/** Whether a function writes a metric of this name: as a figure, or as a count. */
export function isWritten(name: string): boolean {
  return new RegExp(`\\b${name}: \\{ value: |countsOf\\(\\{[^}]*\\b${name}: `).test(sources);
}
