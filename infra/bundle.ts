import { writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { build, type Metafile } from 'esbuild';
import { descriptionVariables } from './description/files.ts';
import { pageVariables } from './page-files.ts';
import { functionNames } from './routes.ts';
import { noticesOf, shippedPackages } from './shipped-packages.ts';
import { globalStandIns, useStandIns } from './stand-ins.ts';

/** The file beside a bundle that holds the licences of what others wrote of it. */
export const noticesFile = 'NOTICES.txt';

const projectFolder = resolve(import.meta.dirname, '..');

/**
 * Bundles one function as it is deployed: `<outFolder>/<name>/index.js` with its linked source map, all
 * dependencies inside, and `NOTICES.txt`, the licences of those. CommonJS, because it loads faster on Lambda
 * than the same code as ES modules; the `package.json` beside it says so, since on a developer's machine the
 * project's own says `module`.
 *
 * The same input gives the same bytes, so an unchanged function is not deployed again.
 *
 * @returns what esbuild knows of the bundle: its inputs, and its size in bytes
 */
export async function bundleFunction(name: string, outFolder: string): Promise<Metafile> {
  return bundleModule(join('lambdas', `${name}.ts`), resolve(outFolder, name), await constantsOf(name));
}

/** Bundles any module of the project in the same way, into `<folder>/index.js`. */
export async function bundleModule(
  entry: string,
  folder: string,
  constants: Readonly<Record<string, string>> = {},
): Promise<Metafile> {
  const { metafile } = await build({
    absWorkingDir: projectFolder,
    entryPoints: [entry],
    outfile: join(folder, 'index.js'),
    platform: 'node',
    target: 'node24',
    format: 'cjs',
    mainFields: ['module', 'main'],
    bundle: true,
    minify: true,
    sourcemap: 'linked',
    sourcesContent: false,
    legalComments: 'none',
    metafile: true,
    plugins: [useStandIns],
    inject: globalStandIns,
    define: { ...constants },
    logLevel: 'silent',
  });
  await Promise.all([
    writeFile(join(folder, 'package.json'), '{"type":"commonjs"}\n'),
    writeFile(join(folder, noticesFile), noticesOf(shippedPackages(metafile))),
  ]);
  return metafile;
}

/** Bundles every function, each into a folder of its name. */
export async function bundleFunctions(outFolder: string): Promise<void> {
  await Promise.all(functionNames.map((name) => bundleFunction(name, outFolder)));
}

/** The functions that serve texts made here, by the variables under which they ask for them. */
const textsOf: Readonly<Record<string, () => Promise<Readonly<Record<string, string>>>>> = {
  page: pageVariables,
  'api-description': descriptionVariables,
};

/** What a bundle holds in place of variables. */
async function constantsOf(name: string): Promise<Record<string, string>> {
  const variables = Object.entries((await textsOf[name]?.()) ?? {});
  return Object.fromEntries(
    variables.map(([variable, text]) => [`process.env.${variable}`, JSON.stringify(text)]),
  );
}
