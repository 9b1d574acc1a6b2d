import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { commands } from '../../infra/tools/ops/commands.ts';
import { invite } from '../support/callers.ts';
import { drainQueue } from '../support/drain-queue.ts';
import { bury, operate } from '../support/operator.ts';
import { type Site, startSite } from '../support/site.ts';

const ada = 'ada@example.com';

let site: Site;

beforeAll(async () => {
  site = await startSite({ demoMessages: 2 });
});
afterAll(() => site.close());

const section = readFileSync(new URL('../../infra/tools/README.md', import.meta.url), 'utf8')
  .split('\n## ')
  .find((text) => text.startsWith('Operator commands'));

/** The second cells of the rows whose first cell names the command. */
function rightsOf(name: string): string {
  const rows = (section ?? '').split('What the credentials must allow')[1]?.split('\n') ?? [];
  const row = rows.find((line) => line.startsWith('|') && line.split('|')[1]?.includes(`\`${name}\``));
  return row?.split('|')[2] ?? '';
}

/** What a command takes from the rows of others, as its own row says. */
const borrowed: Readonly<Record<string, readonly string[]>> = {
  'revoke-all': ['disconnect'],
  'erase-restored': ['disconnect'],
};

function allowed(name: string): Set<string> {
  const ofAccount = commands[name]?.takes === 'account' ? ['Query', 'BatchGetItem', 'GetItem'] : [];
  const texts = [name, ...(borrowed[name] ?? [])].map(rightsOf);
  const words = texts.flatMap((text) =>
    [...text.matchAll(/`(?:\w+:)?([A-Z]\w+)`/g)].map(([, word = '']) => word),
  );
  return new Set(['GetQueueUrl', ...ofAccount, ...words]);
}

it.each([
  ['find', ada],
  ['end-sessions', ada],
  ['pause', ada],
  ['resume', ada],
  ['doctor'],
  ['redrive'],
  ['disconnect', ada],
  ['erase-restored'],
  ['revoke-all', '--everyone', '--yes'],
  ['revoke-all', '--owner', 'tenant', '--yes'],
])('%s calls AWS no further than its row in infra/tools/README.md allows', async (...args) => {
  const [name = ''] = args;
  await drainQueue(site);
  await site.forget();
  await site.connected({ start: await invite(site, 'tenant') });
  await site.tick();
  await bury(site, [JSON.stringify({ kind: 'sync', accountId: '1', generation: 'g', jobId: `of ${name}` })]);
  if (name === 'erase-restored') await bringBack();
  const before = site.calls.length;
  expect((await operate(site, args)).code).toBe(name === 'doctor' ? 1 : 0);
  const own = site.calls.slice(before).filter(({ functionName }) => functionName === undefined);
  const called = new Set(own.map(({ action }) => (action === 'SendMessageBatch' ? 'SendMessage' : action)));
  expect(called.size).toBeGreaterThan(1);
  // Its clock is compared with DynamoDB's by a plain request, which takes no right.
  expect([...called].filter((action) => action !== '' && !allowed(name).has(action))).toEqual([]);
});

it('names rights for every command', () => {
  for (const name of Object.keys(commands)) expect(rightsOf(name)).toMatch(/\w+:\w+/);
});

/** Lets somebody leave, and puts the tables back. */
async function bringBack(): Promise<void> {
  const [grant] = await site.items('grants');
  await operate(site, ['disconnect', ada]);
  await drainQueue(site);
  await site.put('grants', grant ?? {});
}
