import { readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { tableRows } from '../../docs/markdown.ts';
import { assumptions } from './assumptions.ts';
import { billOf, total } from './bill.ts';
import { oneQuietMailbox, thousandQuietMailboxes } from './by-hand.ts';
import { countAll, countQuietHours, templates } from './count.ts';
import { type Counted, countsFile, readCounted } from './counts.ts';
import { costReport } from './report.ts';

const folder = new URL('../../../', import.meta.url);
const read = (path: string) => readFileSync(new URL(path, folder), 'utf8');
const readmeFile = new URL('infra/README.md', folder);
const begin = '<!-- npm run bench -- cost: begin -->\n\n';
const end = '\n\n<!-- npm run bench -- cost: end -->';

const writeCounted = (counted: Counted) =>
  writeFileSync(countsFile, `${JSON.stringify(counted, undefined, 2)}\n`);

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

describe('the cost report', () => {
  it('is what infra/README.md shows, before the rest of its assumptions', () => {
    const readme = read('infra/README.md');
    const [from, to] = [readme.indexOf(begin), readme.indexOf(end)];
    expect([from, to], 'Between which lines the figures stand').not.toContain(-1);
    const [before, after] = [readme.slice(0, from + begin.length), readme.slice(to)];
    const [shown = ''] = costReport(readCounted()).split('\n- A month has');
    if (countedAnew !== undefined) writeFileSync(readmeFile, `${before}${shown}${after}`);
    else expect(readme.slice(before.length, to)).toBe(shown);
  });

  it.each([
    ['1 mailbox', 1, oneQuietMailbox],
    ['1,000 mailboxes', 1_000, thousandQuietMailboxes],
  ])('comes to what pencil and paper come to for %s', (row, mailboxes, reckon) => {
    const byHand = reckon(readCounted().templates.alarms);
    expect(total(billOf(readCounted(), 'quiet', mailboxes))).toBeCloseTo(byHand, 9);
    const [, shown] = tableRows(read('infra/README.md'), '$ a month').find(([name]) => name === row) ?? [];
    expect(shown).toBe(byHand.toFixed(2));
  });

  it('finds an idle installation within its limit', () => {
    expect(total(billOf(readCounted(), 'quiet', 0))).toBeLessThanOrEqual(5);
  });

  it('finds a quiet mailbox, one of a thousand, within its limit', () => {
    const [idle, thousand] = [0, 1_000].map((mailboxes) => total(billOf(readCounted(), 'quiet', mailboxes)));
    expect(((thousand ?? 0) - (idle ?? 0)) / 1_000).toBeLessThanOrEqual(0.05);
  });
});

describe('the metrics that are reckoned with', () => {
  const sources = ['sync-dispatch', 'changes-publish', 'sync/mailbox/sweep', 'grants/access-tokens'].map(
    (name) => read(`lambdas/${name}.ts`),
  );
  const written = sources.flatMap((source) => [
    ...[...source.matchAll(/\b([A-Z]\w+): \{ value/g)].map(([, name]) => name),
    ...[...source.matchAll(/countsOf\(\{([^}]*)\}/g)].flatMap(
      ([, names = '']) => names.match(/\b[A-Z]\w+(?=:)/g) ?? [],
    ),
  ]);

  it('are those that the functions write without anything going wrong', () => {
    const { always, inUse, daily } = assumptions.metrics;
    // Written only where something happens that is no daily business.
    const rare = ['Postponed', 'QueueBehind', 'GrantsRevoked'];
    expect([...new Set(written)].sort()).toEqual([...always, ...inUse, ...daily, ...rare].sort());
  });
});
