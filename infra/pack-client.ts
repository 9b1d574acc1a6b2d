import { execFile } from 'node:child_process';
import { copyFile, readFile, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { build } from 'esbuild';

const projectFolder = resolve(import.meta.dirname, '..');

/**
 * Makes the client as the package exports it: `client/index.js`, one module without a dependency for browsers and Node.js
 * 20 or newer, and its types beside it.
 */
export async function packClient(outFolder: string): Promise<void> {
  await build({
    absWorkingDir: projectFolder,
    entryPoints: ['lambdas/client/index.ts'],
    outfile: join(outFolder, 'client/index.js'),
    platform: 'neutral',
    format: 'esm',
    target: ['es2022', 'node20'],
    bundle: true,
    legalComments: 'none',
    logLevel: 'silent',
  });
  const compiler = join(
    dirname(createRequire(import.meta.url).resolve('typescript/package.json')),
    'bin/tsc',
  );
  const types = join(projectFolder, 'lambdas/client');
  await promisify(execFile)(process.execPath, [compiler, '--project', types, '--outDir', outFolder]);
  await bringSchemaTypes(outFolder);
}

/** The types of answers are made of valibot's, which whoever installs the package need not have: without them, all are `any`. */
async function bringSchemaTypes(folder: string): Promise<void> {
  const answers = join(folder, 'api/answers.d.ts');
  const types = await readFile(answers, 'utf8');
  await writeFile(answers, types.replace("from 'valibot'", "from './valibot.js'"));
  const declarations = join(projectFolder, 'node_modules/valibot/dist/index.d.mts');
  await copyFile(declarations, join(folder, 'api/valibot.d.ts'));
}

if (import.meta.main) await packClient(join(projectFolder, 'dist'));
