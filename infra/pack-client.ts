import { execFile } from 'node:child_process';
import { copyFile, glob, readFile, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join, resolve, sep } from 'node:path';
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

/** The contract's types use valibot's. Without valibot, which the package does not require, all would be `any`. */
async function bringSchemaTypes(folder: string): Promise<void> {
  const declarations = join(folder, 'api/valibot.d.ts');
  for await (const file of glob('api/**/*.d.ts', { cwd: folder })) {
    const types = await readFile(join(folder, file), 'utf8');
    const from = file.split(sep).length === 2 ? './valibot.js' : '../valibot.js';
    await writeFile(join(folder, file), types.replace("from 'valibot'", `from '${from}'`));
  }
  await copyFile(join(projectFolder, 'node_modules/valibot/dist/index.d.mts'), declarations);
}

if (import.meta.main) await packClient(join(projectFolder, 'dist'));
