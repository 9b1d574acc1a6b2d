import { writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { build, type Metafile } from 'esbuild';
import { globalShims, useShims } from './bundle-shims.ts';
import { descriptionVariables } from './description/files.ts';
import { buildPageFiles } from './page-files.ts';
import { functionNames } from './routes.ts';
import { noticesOf, shippedPackages } from './shipped-packages.ts';

/** The file beside a bundle that holds the licences of the packages in it. */
export const noticesFile = 'NOTICES.txt';

const projectFolder = resolve(import.meta.dirname, '..');

/**
 * Bundles functions as they are deployed: `<outFolder>/<name>/index.js` with a linked source map, all dependencies, and
 * their licences in `NOTICES.txt`. CommonJS loads faster on Lambda than ES modules. The `package.json` beside it says
 * so, since on a developer's machine the project's own says `module`.
 *
 * The same input gives the same bytes, so an unchanged function is not deployed again.
 */
export async function bundleFunctions(
  outFolder: string,
  names: readonly string[] = functionNames,
): Promise<Readonly<Record<string, Bundle>>> {
  const constants = await Promise.all(names.map(constantsOf));
  const modules = Object.fromEntries(names.map((name) => [name, `lambdas/${name}.ts`]));
  return bundleModules(modules, outFolder, Object.assign({}, ...constants));
}

/** A bundle's inputs, imports and size. */
export type Bundle = Metafile['outputs'][string];

/** Bundles any modules of the project in the same way, each into `<outFolder>/<name>/index.js`. */
export async function bundleModules(
  modules: Readonly<Record<string, string>>,
  outFolder: string,
  constants: Record<string, string> = {},
): Promise<Readonly<Record<string, Bundle>>> {
  const { metafile } = await build({
    absWorkingDir: projectFolder,
    entryPoints: Object.fromEntries(
      Object.entries(modules).map(([name, source]) => [`${name}/index`, source]),
    ),
    outdir: resolve(outFolder),
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
    plugins: [useShims],
    inject: globalShims,
    define: constants,
    logLevel: 'silent',
  });
  const outputs = Object.values(metafile.outputs);
  const bundles = Object.entries(modules).flatMap(([name, source]): [string, Bundle][] =>
    outputs.flatMap((output) => (output.entryPoint === source ? [[name, output]] : [])),
  );
  await Promise.all(
    bundles.flatMap(([name, bundle]) => [
      writeFile(join(outFolder, name, 'package.json'), '{"type":"commonjs"}\n'),
      writeFile(join(outFolder, name, noticesFile), noticesOf(shippedPackages([bundle]))),
    ]),
  );
  return Object.fromEntries(bundles);
}

/** The functions that serve texts made here, by the variables that they read them from. */
const textsOf: Readonly<Record<string, () => Promise<Readonly<Record<string, string>>>>> = {
  page: buildPageFiles,
  'api-description': descriptionVariables,
};

/** The values that replace variables in a bundle. */
async function constantsOf(name: string): Promise<Record<string, string>> {
  const variables = Object.entries((await textsOf[name]?.()) ?? {});
  return Object.fromEntries(
    variables.map(([variable, text]) => [`process.env.${variable}`, JSON.stringify(text)]),
  );
}
