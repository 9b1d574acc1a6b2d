/**
 * The benchmark: `npm run bench` runs all of it, `npm run bench -- cold sync` some parts. It needs no network. It prints
 * tables and how each figure stands to its target, and writes `.local/bench/<part>.json`.
 */
import { mkdir, writeFile } from 'node:fs/promises';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { cold } from './cold.ts';
import type { Findings, Part } from './part.ts';
import { judge, type TargetName, targets } from './targets.ts';
import { warm } from './warm.ts';

const parts: Readonly<Record<string, Part>> = { cold, warm };

const folder = join(import.meta.dirname, '../../.local/bench');

const asked = process.argv.slice(2);
const unknown = asked.filter((name) => !(name in parts));
if (unknown.length > 0) {
  console.error(`There is no part ${unknown.join(', ')}. The parts are: ${Object.keys(parts).join(', ')}.`);
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
  const machine = { node: process.version, processor: cpus()[0]?.model, processors: cpus().length };
  const file = join(folder, `${name}.json`);
  await writeFile(
    file,
    `${JSON.stringify({ machine, figures: findings.figures, data: findings.data }, null, 2)}\n`,
  );
}
console.log('\n# Targets');
console.table(
  Object.entries(figures).map(([name, figure]) => {
    const { what, unit, must, aim } = targets[name as TargetName];
    return {
      what,
      unit,
      measured: round(figure),
      must: round(must),
      aim: round(aim),
      result: judge(name as TargetName, figure),
    };
  }),
);

function show({ tables }: Findings): void {
  for (const [title, rows] of Object.entries(tables)) {
    console.log(`\n${title}`);
    console.table(rows);
  }
}

function round(value: number): number {
  return Number(value.toPrecision(3));
}
