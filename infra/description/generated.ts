import { describeApi } from './describe.ts';
import { markdownPage } from './markdown-page.ts';
import { optionTable, properties, variableTable } from './settings-tables.ts';

/** The output of `npm run docs`: the files, and the text between each pair of their marks. */
export function generated(): Readonly<Record<string, string[]>> {
  return {
    'lambdas/api/README.md': [markdownPage(describeApi())],
    'infra/settings.md': [variableTable(), optionTable()],
    'infra/cloud/gmail-offline-access.ts': [properties()],
  };
}
