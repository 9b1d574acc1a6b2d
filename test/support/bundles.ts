import { readFileSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { build } from 'esbuild';
import { inject } from 'vitest';
import type { TestProject } from 'vitest/node';
import { type Bundle, bundleFunctions } from '../../infra/bundle.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** The folder of the functions' bundles. */
    bundles: string;
    /** The folder of the operators' tools: `<name>.mjs`. */
    tools: string;
  }
}

/**
 * Bundles functions and tools once for all tests: a process that loads them from their sources starts three times
 * slower.
 */
export default async function setUp(project: TestProject): Promise<void> {
  const local = join(import.meta.dirname, '../../.local');
  const bundles = join(local, 'bundles', 'test');
  // `.local` is where `npm start` keeps its tokens: whoever makes it first keeps others out.
  await mkdir(bundles, { recursive: true, mode: 0o700 });
  const tools = join(local, 'bundles', 'tools');
  const bundle = async () => {
    const [made] = await Promise.all([bundleFunctions(bundles), bundleTools(tools)]);
    await writeFile(join(bundles, 'bundles.json'), JSON.stringify(made));
  };
  await bundle();
  project.provide('bundles', bundles);
  project.provide('tools', tools);
  project.onTestsRerun(bundle);
}

/** What esbuild knows of a function's bundle. */
export function bundleOf(name: string): Bundle {
  const bundles = JSON.parse(readFileSync(join(inject('bundles'), 'bundles.json'), 'utf8'));
  return bundles[name];
}

async function bundleTools(outdir: string): Promise<void> {
  await build({
    absWorkingDir: join(import.meta.dirname, '../..'),
    entryPoints: ['grants', 'copy', 'ops'].map((name) => `infra/tools/${name}.ts`),
    outdir,
    platform: 'node',
    target: 'node24',
    format: 'esm',
    outExtension: { '.js': '.mjs' },
    mainFields: ['module', 'main'],
    bundle: true,
    splitting: true,
    // What packages require of Node.js as CommonJS.
    banner: {
      js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);",
    },
    logLevel: 'silent',
  });
}
