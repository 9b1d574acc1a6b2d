import { randomUUID } from 'node:crypto';
import { globSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import * as v from 'valibot';
import type { TestProject } from 'vitest/node';
import { routes } from '../../infra/routes.ts';
import { problems } from '../../lambdas/errors.ts';
import type { DescribedAnswers } from './described-answers.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** The folder in which each site of the run leaves what it was seen to answer. */
    readonly seenAnswers: string;
  }
}

const seen = v.object({ routes: v.array(v.string()), codes: v.array(v.string()) });

/** Leaves word of what a site answered. */
export function leaveSeen(
  folder: string,
  { routes: keys, codes }: Pick<DescribedAnswers, 'routes' | 'codes'>,
): void {
  const file = join(folder, `${randomUUID()}.json`);
  writeFileSync(file, JSON.stringify({ routes: [...keys], codes: [...codes] }));
}

/** What none of the sites was seen to answer: routes and problem codes. */
export function neverSeen(folder: string): readonly string[] {
  const words = readdirSync(folder).map((file) =>
    v.parse(seen, JSON.parse(readFileSync(join(folder, file), 'utf8'))),
  );
  const all = new Set(words.flatMap((word) => [...word.routes, ...word.codes]));
  return [...Object.values(routes).flat(), ...Object.keys(problems)].filter((name) => !all.has(name));
}

/**
 * Of a run in which every flow test ran and passed, demands that together they have seen every route and every problem
 * code. A run of some of the tests is asked for nothing.
 *
 * @throws Error at the end of the run, which makes it fail
 */
export default function setup(project: TestProject): () => void {
  const folder = mkdtempSync(join(tmpdir(), 'seen-answers-'));
  project.provide('seenAnswers', folder);
  return () => {
    const missing = isWhole(project) ? neverSeen(folder) : [];
    rmSync(folder, { recursive: true, force: true });
    if (missing.length > 0) throw new Error(`No flow test has seen: ${missing.join(', ')}.`);
  };
}

function isWhole({ vitest, config }: TestProject): boolean {
  if (vitest.getGlobalTestNamePattern() !== undefined) return false;
  const passed = new Set(
    vitest.state
      .getTestModules()
      .filter((module) => module.ok())
      .map(({ moduleId }) => moduleId),
  );
  const flows = globSync('test/flow/**/*.test.ts', { cwd: config.root });
  return flows.every((file) => passed.has(resolve(config.root, file)));
}
