import { readFileSync, writeFileSync } from 'node:fs';
import * as v from 'valibot';
import { expect, it } from 'vitest';
import { type Counted, countedSchema } from '../../../infra/tools/cost/counts.ts';
import { countAll, countQuietHours, templates } from './cost/count.ts';

const file = new URL('../../../infra/tools/cost/counts.json', import.meta.url);

const readCounted = () =>
  v.parse(v.pipe(v.string(), v.parseJson(), countedSchema), readFileSync(file, 'utf8'));
const writeCounted = (counted: Counted) => writeFileSync(file, `${JSON.stringify(counted, undefined, 2)}\n`);

/** See "Cost" in infra/README.md. */
const countedAnew = process.env['COUNT_COST'];

if (countedAnew === 'yes') {
  it('counts everything anew', { timeout: 3_600_000 }, async () => {
    writeCounted(await countAll(new Date().toISOString().slice(0, 10)));
  });
}

if (countedAnew === 'templates') {
  it('counts alarms, dashboards and functions anew', () => {
    writeCounted({ ...readCounted(), templates: templates() });
  });
}

it('finds the same calls in two hours of a quiet mailbox as when all was counted', async () => {
  const { functions, secretReads, ...counts } = await countQuietHours();
  const then = readCounted().quietHours;
  const { functions: functionsThen, secretReads: secretReadsThen, ...countsThen } = then;
  expect(counts).toEqual(countsThen);
  expect(callsOf(functions, secretReads)).toEqual(callsOf(functionsThen, secretReadsThen));
  // A slow machine may find the client remembered, or not, a time more often.
  expect(Math.abs(secretReads - secretReadsThen)).toBeLessThanOrEqual(3);
});

it('finds the same alarms, dashboards and functions in the templates', () => {
  expect(templates()).toEqual(readCounted().templates);
});

/** What functions called beside the secret, which here the worker alone reads; a log line may be a few bytes longer. */
const callsOf = (functions: Counted['tick']['functions'], secretReads: number) =>
  Object.entries(functions).map(([name, { invocations, awsCalls }]) => [
    name,
    invocations,
    name === 'sync-mailbox' ? awsCalls - secretReads : awsCalls,
  ]);
