/** `npm run cost`: what mailboxes cost a month. */
import { readFileSync } from 'node:fs';
import * as v from 'valibot';
import { countedSchema } from './cost/counts.ts';
import { showCost } from './cost/table.ts';

const counted = readFileSync(new URL('cost/counts.json', import.meta.url), 'utf8');
process.stdout.write(`${showCost(v.parse(v.pipe(v.string(), v.parseJson(), countedSchema), counted))}\n`);
