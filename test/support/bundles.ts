import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import { bundleFunctions } from '../../infra/bundle.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** The folder of the functions' bundles. */
    bundles: string;
  }
}

/** Bundles the functions once for all sites of a test run: one that loads them from their sources starts far slower. */
export default async function setUp(project: TestProject): Promise<void> {
  const local = join(import.meta.dirname, '../../.local');
  const bundles = join(local, 'bundles', 'test');
  // `.local` is where `npm start` keeps its tokens: whoever makes it first keeps others out.
  await mkdir(bundles, { recursive: true, mode: 0o700 });
  await bundleFunctions(bundles);
  project.provide('bundles', bundles);
  project.onTestsRerun(() => bundleFunctions(bundles));
}
