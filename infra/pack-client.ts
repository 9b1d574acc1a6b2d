import { execFile } from 'node:child_process';
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
}

if (import.meta.main) await packClient(join(projectFolder, 'dist'));
