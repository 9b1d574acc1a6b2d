import { execFile } from 'node:child_process';
import { copyFile, glob, readFile, writeFile } from 'node:fs/promises';
import { join, resolve, sep } from 'node:path';
import { promisify } from 'node:util';
import { build } from 'esbuild';

const projectFolder = resolve(import.meta.dirname, '..');

/**
 * Packs the client as `client/index.js`, one module without dependencies for browsers and Node.js 20, with its types.
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
  const compiler = join(projectFolder, 'node_modules/typescript/bin/tsc');
  const types = join(projectFolder, 'lambdas/client');
  await promisify(execFile)(process.execPath, [compiler, '--project', types, '--outDir', outFolder]);
  await bringSchemaTypes(outFolder);
}

/** The contract's types use valibot's. The package does not require valibot, so without this they would be `any`. */
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
