/**
 * The benchmark: `npm run bench` runs all of it, `npm run bench -- cold sync` some parts. It needs no network. It
 * prints tables and how each figure stands to its target, and writes `.local/bench/<part>.json`. From what stands there
 * it then draws pictures and makes a table of all targets, `targets.md`; `npm run bench -- plot` does only that.
 */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Findings } from './part.ts';
import { parts } from './parts.ts';
import { plot } from './plot.ts';
import { readResult, writeResult } from './results.ts';
import { judge, type TargetName, targets } from './targets.ts';
import { rounded, targetsTable } from './targets-table.ts';

const folder = join(import.meta.dirname, '../../.local/bench');

const asked = process.argv.slice(2);
const unknown = asked.filter((name) => !(name in parts) && name !== 'plot');
if (unknown.length > 0) {
  console.error(
    `There is no part ${unknown.join(', ')}. The parts are: ${Object.keys(parts).join(', ')}, plot.`,
  );
  process.exit(1);
}

await mkdir(folder, { recursive: true, mode: 0o700 });
const figures: Partial<Record<TargetName, number>> = {};
for (const [name, run] of Object.entries(parts)) {
  if (asked.length > 0 && !asked.includes(name)) continue;
  console.log(`\n# ${name}`);
  const findings = await run();
  show(findings);
  Object.assign(figures, findings.figures);
  await writeResult(folder, name, findings);
}
if (Object.keys(figures).length > 0) showTargets();

const known: Partial<Record<TargetName, number>> = {};
for (const name of Object.keys(parts)) Object.assign(known, (await readResult(folder, name))?.figures);
const table = join(folder, 'targets.md');
await writeFile(table, targetsTable(known));
console.log(`\nWritten: ${[...(await plot(folder)), table].join(', ')}`);

function showTargets(): void {
  console.log('\n# Targets');
  console.table(
    Object.entries(figures).map(([name, figure]) => {
      const { what, unit, must, aim } = targets[name as TargetName];
      return {
        what,
        unit,
        measured: rounded(figure),
        must: rounded(must),
        aim: rounded(aim),
        result: judge(name as TargetName, figure),
      };
    }),
  );
}

function show({ tables, text }: Findings): void {
  for (const [title, rows] of Object.entries(tables)) {
    console.log(`\n${title}`);
    console.table(rows);
  }
  if (text !== undefined) console.log(text);
}
