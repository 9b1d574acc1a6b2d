/** `npm run docs`: writes the description into lambdas/api/README.md, between its two marks. */
import { readFileSync, writeFileSync } from 'node:fs';
import { describeApi } from './describe.ts';
import { withDescription } from './markdown-file.ts';
import { markdownPage } from './markdown-page.ts';

const file = new URL('../../lambdas/api/README.md', import.meta.url);

writeFileSync(file, withDescription(readFileSync(file, 'utf8'), markdownPage(describeApi())));
