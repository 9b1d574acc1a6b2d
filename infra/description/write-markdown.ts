/** `npm run docs`: writes the generated text between the marks of the documents and the construct's properties. */
import { readFileSync, writeFileSync } from 'node:fs';
import { generated } from './generated.ts';
import { withDescription } from './markdown-file.ts';

for (const [path, texts] of Object.entries(generated())) {
  const file = new URL(`../../${path}`, import.meta.url);
  writeFileSync(file, withDescription(readFileSync(file, 'utf8'), ...texts));
}
