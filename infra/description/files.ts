import { readFile } from 'node:fs/promises';
import { transform } from 'esbuild';
import { staticFile } from '../../lambdas/http/response.ts';
import { buildPageFiles } from '../page-files.ts';
import { describeApi } from './describe.ts';
import { docsPage } from './docs-page.ts';

const styleSource = new URL('../../lambdas/description/docs.css', import.meta.url);

/**
 * The description, by the names of the variables that its function file reads. In its bundle they are constants, so the
 * function contains neither the schemas nor the code that converts them.
 */
export async function descriptionVariables(): Promise<Readonly<Record<string, string>>> {
  const document = describeApi();
  const { PAGE_STYLE } = await buildPageFiles();
  const { code } = await transform(await readFile(styleSource, 'utf8'), { loader: 'css', minify: true });
  const style = staticFile('text/css', `${PAGE_STYLE}${code}`);
  return {
    API_DESCRIPTION: JSON.stringify(document),
    API_DOCS: docsPage(document, `/docs.css?v=${style.hash}`),
    API_DOCS_STYLE: style.text,
  };
}
