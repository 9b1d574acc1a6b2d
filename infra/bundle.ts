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
 */
export async function bundleFunction(name: string, outFolder: string): Promise<void> {
  await bundleModules({ [name]: sourceOf(name) }, outFolder, await constantsOf(name));
}

/**
 * Bundles every function, each into a folder of its name. All at once: esbuild then reads what they share only once.
 *
 * @returns the bundles by function
 */
export async function bundleFunctions(outFolder: string): Promise<Readonly<Record<string, Bundle>>> {
  const constants = await Promise.all(functionNames.map(constantsOf));
  const modules = Object.fromEntries(functionNames.map((name) => [name, sourceOf(name)]));
  return bundleModules(modules, outFolder, Object.assign({}, ...constants));
}

/** What esbuild knows of a bundle: its inputs, what it imports, and its size in bytes. */
export type Bundle = Metafile['outputs'][string];

/** Bundles any modules of the project in the same way, each into `<outFolder>/<name>/index.js`. */
export async function bundleModules(
  modules: Readonly<Record<string, string>>,
  outFolder: string,
  constants: Readonly<Record<string, string>> = {},
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
    plugins: [useStandIns],
    inject: globalStandIns,
    define: { ...constants },
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

function sourceOf(name: string): string {
  return `lambdas/${name}.ts`;
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
