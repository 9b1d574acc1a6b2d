import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { build } from 'esbuild';
import { bundleFunctions, bundleModules } from '../../infra/bundle.ts';

/**
 * Where the handlers of the benchmark lie, each in a folder of its name; within the project, whose packages the naive
 * one uses.
 */
export const handlersFolder = join(import.meta.dirname, '../../.local/bench/handlers');

/** Baselines that are not bundled. */
const unbundled = ['naive', 'get-each'];

/** The module of a function, or of a baseline. */
export const handlerFile = (name: string) =>
  join(handlersFolder, name, unbundled.includes(name) ? 'index.mjs' : 'index.js');

const bundled = {
  empty: 'test/bench/baselines/empty.ts',
  'cold-start': 'test/bench/cold-start.ts',
  'warm-listing': 'test/bench/warm-listing.ts',
};

/**
 * Makes every function as it is deployed, and what they are held against: an empty handler, one of plain fetch in a
 * bundle as people make them, and those that people do not bundle.
 */
export async function makeHandlers(): Promise<void> {
  await rm(handlersFolder, { recursive: true, force: true });
  await mkdir(handlersFolder, { recursive: true, mode: 0o700 });
  await bundleFunctions(handlersFolder);
  await bundleModules(bundled, handlersFolder);
  await build({
    entryPoints: [join(import.meta.dirname, 'baselines/plain-fetch.ts')],
    outfile: handlerFile('plain-fetch'),
    bundle: true,
    minify: true,
    platform: 'node',
    target: 'node24',
    format: 'cjs',
    mainFields: ['module', 'main'],
    logLevel: 'silent',
  });
  await writeFile(join(handlersFolder, 'plain-fetch', 'package.json'), '{"type":"commonjs"}\n');
  for (const name of unbundled) {
    await build({
      entryPoints: [join(import.meta.dirname, `baselines/${name}.ts`)],
      outfile: handlerFile(name),
      format: 'esm',
      logLevel: 'silent',
    });
  }
}
