import { readFileSync, writeFileSync } from 'node:fs';
import * as v from 'valibot';
import { describe, expect, it } from 'vitest';
import { assumptions } from '../../../infra/tools/cost/assumptions.ts';
import { billOf, total } from '../../../infra/tools/cost/bill.ts';
import { countedSchema } from '../../../infra/tools/cost/counts.ts';
import { tableRows } from '../../docs/markdown.ts';
import { runTool } from '../../support/run-tool.ts';
import { oneQuietMailbox, thousandQuietMailboxes } from './cost/by-hand.ts';

const folder = new URL('../../../', import.meta.url);
const read = (path: string) => readFileSync(new URL(path, folder), 'utf8');
const counted = v.parse(
  v.pipe(v.string(), v.parseJson(), countedSchema),
  read('infra/tools/cost/counts.json'),
);

const isCountedAnew = process.env['COUNT_COST'] === 'yes';
const readmeFile = new URL('infra/README.md', folder);
const begin = '<!-- npm run cost: begin -->\n\n';
const end = '\n\n<!-- npm run cost: end -->';

describe('npm run cost', () => {
  it('prints what infra/README.md shows, before the rest of its assumptions', async () => {
    const { stdout, code } = await runTool('cost', []);
    expect(code).toBe(0);
    const readme = read('infra/README.md');
    const [from, to] = [readme.indexOf(begin), readme.indexOf(end)];
    expect([from, to], 'Between which lines the figures stand').not.toContain(-1);
    const [before, after] = [readme.slice(0, from + begin.length), readme.slice(to)];
    const [shown = ''] = stdout.split('\n- A month has');
    if (isCountedAnew) writeFileSync(readmeFile, `${before}${shown}${after}`);
    else expect(readme.slice(before.length, to)).toBe(shown);
  });

  it('refuses what it does not take', async () => {
    const { stdout, stderr, code } = await runTool('cost', ['--mailboxes', '7']);
    expect([stdout, code]).toEqual(['', 1]);
    expect(stderr).toBe(
      'npm run cost takes no arguments; its assumptions are in infra/tools/cost/assumptions.ts.\n',
    );
  });

  it.each([
    ['1 mailbox', 1, oneQuietMailbox],
    ['1,000 mailboxes', 1_000, thousandQuietMailboxes],
  ])('comes to what pencil and paper come to for %s', (row, mailboxes, reckon) => {
    const byHand = reckon(counted.templates.alarms);
    expect(total(billOf(counted, 'quiet', mailboxes))).toBeCloseTo(byHand, 9);
    const [, shown] = tableRows(read('infra/README.md'), '$ a month').find(([name]) => name === row) ?? [];
    expect(shown).toBe(byHand.toFixed(2));
  });

  it('finds an idle installation within its limit', () => {
    expect(total(billOf(counted, 'quiet', 0))).toBeLessThanOrEqual(5);
  });

  it('finds a quiet mailbox, one of a thousand, within its limit', () => {
    const [idle, thousand] = [0, 1_000].map((mailboxes) => total(billOf(counted, 'quiet', mailboxes)));
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
