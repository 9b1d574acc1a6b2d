import { readFile, writeFile } from 'node:fs/promises';
import { cpus } from 'node:os';
import { join } from 'node:path';
import * as v from 'valibot';
import type { Findings } from './part.ts';
import { type TargetName, targets } from './targets.ts';

const targetNames = v.picklist(Object.keys(targets) as TargetName[]);

const resultSchema = v.object({
  /** When the part ended: ISO 8601. */
  measuredAt: v.string(),
  machine: v.object({ node: v.string(), processor: v.string(), processors: v.number() }),
  figures: v.record(targetNames, v.number()),
  data: v.unknown(),
});

/** What a part of the benchmark found, where and when, as its JSON has it. */
export type Result = v.InferOutput<typeof resultSchema>;

const fileOf = (folder: string, part: string) => join(folder, `${part}.json`);

/** Writes what a part found on this machine, now. */
export async function writeResult(folder: string, part: string, { figures, data }: Findings): Promise<void> {
  const processors = cpus();
  const machine = {
    node: process.version,
    processor: processors[0]?.model ?? 'unknown',
    processors: processors.length,
  };
  const result: Result = { measuredAt: new Date().toISOString(), machine, figures, data };
  await writeFile(fileOf(folder, part), `${JSON.stringify(result, null, 2)}\n`);
}

/** What a part found when it ran last; undefined when it never did. */
export async function readResult(folder: string, part: string): Promise<Result | undefined> {
  let text: string;
  try {
    text = await readFile(fileOf(folder, part), 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
  return v.parse(resultSchema, JSON.parse(text));
}

/** Where and when, for people. */
export function showOrigin({ measuredAt, machine: { node, processor, processors } }: Result): string {
  return `Node ${node}, ${processor} (${processors} processors), ${measuredAt.slice(0, 10)}`;
}
