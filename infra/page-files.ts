import { join, resolve } from 'node:path';
import { type BuildOptions, build } from 'esbuild';

const sources = resolve(import.meta.dirname, '../lambdas/page/browser');

/**
 * Builds the page's script and its style sheet, both minified, by the names of the variables from which the function
 * file reads them. In its bundle they are constants, because an environment has no room for them. The same sources give
 * the same texts.
 */
export async function buildPageFiles(): Promise<{
  readonly PAGE_SCRIPT: string;
  readonly PAGE_STYLE: string;
}> {
  const [PAGE_SCRIPT, PAGE_STYLE] = await Promise.all([
    buildText({ entryPoints: [join(sources, 'main.ts')], format: 'iife', target: 'es2022' }),
    buildText({ entryPoints: [join(sources, 'page.css')], target: ['chrome111', 'firefox113', 'safari16'] }),
  ]);
  return { PAGE_SCRIPT, PAGE_STYLE };
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
