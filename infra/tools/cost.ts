/** `npm run cost`: what mailboxes cost a month. */
import { readFileSync } from 'node:fs';
import * as v from 'valibot';
import { countedSchema } from './cost/counts.ts';
import { showCost } from './cost/table.ts';
import { print } from './output.ts';

const args = process.argv.slice(2);

if (args.every((arg) => ['help', '--help', '-h'].includes(arg)) && args.length > 0) {
  print(
    'Usage: npm run cost\n\nPrints what mailboxes cost a month, by the assumptions in infra/tools/cost/assumptions.ts.',
  );
} else if (args.length > 0) {
  console.error('npm run cost takes no arguments; its assumptions are in infra/tools/cost/assumptions.ts.');
  process.exitCode = 1;
} else {
  const counted = readFileSync(new URL('cost/counts.json', import.meta.url), 'utf8');
  process.stdout.write(`${showCost(v.parse(v.pipe(v.string(), v.parseJson(), countedSchema), counted))}\n`);
}
