/** `npm run docs`: writes the generated text between the marks of the documents and the construct's properties. */
import { readFileSync, writeFileSync } from 'node:fs';
import { describeApi } from './describe.ts';
import { withDescription } from './markdown-file.ts';
import { markdownPage } from './markdown-page.ts';
import { optionTable, properties, variableTable } from './settings-tables.ts';

/** The files, and the text between each pair of their marks. */
export function generated(): Readonly<Record<string, string[]>> {
  return {
    'lambdas/api/README.md': [markdownPage(describeApi())],
    'infra/settings.md': [variableTable(), optionTable()],
    'infra/cloud/gmail-offline-access.ts': [properties()],
  };
}

if (import.meta.main) {
  for (const [path, texts] of Object.entries(generated())) {
    const file = new URL(`../../${path}`, import.meta.url);
    writeFileSync(file, withDescription(readFileSync(file, 'utf8'), ...texts));
  }
}
