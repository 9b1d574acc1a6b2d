/** `npm run docs`: writes what is generated into the documents and the construct's properties, between their marks. */
import { readFileSync, writeFileSync } from 'node:fs';
import { generated } from './generated.ts';
import { withDescription } from './markdown-file.ts';

for (const [path, texts] of Object.entries(generated())) {
  const file = new URL(`../../${path}`, import.meta.url);
  writeFileSync(file, withDescription(readFileSync(file, 'utf8'), ...texts));
}
