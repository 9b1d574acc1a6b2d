import { join, resolve } from 'node:path';
import { type BuildOptions, build } from 'esbuild';

const sources = resolve(import.meta.dirname, '../lambdas/page/browser');

/** What browsers load beside a page of the site, as texts. */
interface PageFiles {
  readonly script: string;
  readonly style: string;
}

/** Makes the page's script of its modules, and its style sheet, both minified. The same sources give the same texts. */
export async function buildPageFiles(): Promise<PageFiles> {
  const [script, style] = await Promise.all([
    buildText({ entryPoints: [join(sources, 'main.ts')], format: 'iife', target: 'es2022' }),
    buildText({ entryPoints: [join(sources, 'page.css')], target: ['chrome111', 'firefox113', 'safari16'] }),
  ]);
  return { script, style };
}

/**
 * The same by the names under which the function file asks for them: as variables where it runs from its sources, and as
 * constants in its bundle, since a deployed function has no room for them in its environment.
 */
export async function pageVariables(): Promise<{
  readonly PAGE_SCRIPT: string;
  readonly PAGE_STYLE: string;
}> {
  const { script, style } = await buildPageFiles();
  return { PAGE_SCRIPT: script, PAGE_STYLE: style };
}

async function buildText(options: BuildOptions): Promise<string> {
  const { outputFiles } = await build({
    ...options,
    platform: 'browser',
    bundle: true,
    minify: true,
    charset: 'utf8',
    legalComments: 'none',
    logLevel: 'silent',
    write: false,
  });
  return (outputFiles ?? []).map(({ text }) => text).join('');
}
