/**
 * `npm pack` ships the construct as JavaScript with its types, and the bundles of the functions, because Node.js runs
 * no TypeScript under `node_modules`. CDK applications of either kind can load CommonJS.
 */
import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { build } from 'esbuild';
import { bundleFunctions, noticesFile } from './bundle.ts';
import { noticesOf, shippedPackages } from './shipped-packages.ts';

const projectFolder = resolve(import.meta.dirname, '..');
const outFolder = join(projectFolder, 'dist');
const construct = 'infra/cloud/gmail-offline-access';

await rm(outFolder, { recursive: true, force: true });
await mkdir(outFolder);
await Promise.all([bundleFunctions(join(outFolder, 'functions')), bundleConstruct(), writeTypes()]);

/** CDK is not bundled: an application accepts constructs only of its own copy. */
async function bundleConstruct(): Promise<void> {
  const { metafile } = await build({
    absWorkingDir: projectFolder,
    entryPoints: [`${construct}.ts`],
    outfile: join(outFolder, 'index.cjs'),
    platform: 'node',
    target: 'node20',
    format: 'cjs',
    bundle: true,
    external: ['aws-cdk-lib', 'constructs'],
    define: { 'import.meta.dirname': '__dirname' },
    legalComments: 'none',
    metafile: true,
    logLevel: 'warning',
  });
  await writeFile(join(outFolder, noticesFile), noticesOf(shippedPackages(Object.values(metafile.outputs))));
}

/** The construct's declarations, which refer only to CDK's. */
async function writeTypes(): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'types-'));
  try {
    const tsc = join(projectFolder, 'node_modules', 'typescript', 'bin', 'tsc');
    const emit = ['--noEmit', 'false', '--declaration', '--emitDeclarationOnly'];
    const where = ['--project', projectFolder, '--rootDir', projectFolder, '--outDir', folder];
    await promisify(execFile)(process.execPath, [tsc, ...where, ...emit, '--noCheck']);
    const types = await readFile(join(folder, `${construct}.d.ts`), 'utf8');
    if (/from '\./.test(types)) throw new Error(`The types of ${construct}.ts use others of this project.`);
    await writeFile(join(outFolder, 'index.d.cts'), types);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
