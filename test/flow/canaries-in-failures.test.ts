import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { FunctionName } from '../../infra/routes.ts';
import { drainQueue } from '../support/drain-queue.ts';
import { eventOf } from '../support/queue-messages.ts';
import { type QuotingSite, quoted, quotingAnswers, startQuotingSite } from '../support/quoting-site.ts';
import { isWell, routeRequests } from '../support/route-requests.ts';

let site: QuotingSite;

beforeAll(async () => {
  site = await startQuotingSite();
});
afterAll(() => site.close());
beforeEach(async () => {
  await site.admin('DELETE', '/faults');
  site.replan();
});

describe('an answer of AWS that quotes is logged by name and place alone', () => {
  /** What may be sent again as it is, for the next failure. */
  const again = ([route]: (typeof routeRequests)[number]) =>
    route.startsWith('GET ') && !route.includes('callback');

  it.each(routeRequests.map((request) => [request[0], request] as const))('by %s', async (_, request) => {
    const [, functionName, prepare] = request;
    let send = await prepare(site);
    site.replan();
    expect(await send()).toSatisfy(isWell);
    const operations = site.operationsOf(functionName);
    const failing = again(request) ? operations : operations.slice(-2);
    for (const [index, operation] of failing.entries()) {
      if (!again(request)) send = await prepare(site);
      const failure = quotingAnswers[index % quotingAnswers.length];
      site.replan((call) =>
        call.functionName === functionName && `${call.service} ${call.action}` === operation
          ? failure
          : undefined,
      );
      await send();
    }
    site.replan();
    site.expectNothingLogged();
  });

  const runs: readonly (readonly [FunctionName, () => Promise<unknown>])[] = [
    ['sync-dispatch', () => site.tick()],
    ['sync-mailbox', () => drainQueue(site)],
    ['changes-publish', () => site.invoke('changes-publish', {})],
    ['sync-sweep', () => site.invoke('sync-sweep', {})],
  ];

  it.each(runs)('by %s, which fails', async (functionName, run) => {
    await site.connected();
    let minutes = 0;
    const later = async () => {
      minutes += 20;
      site.setClockOffset(minutes * 60_000);
      if (functionName === 'sync-mailbox') await site.tick();
    };
    await later();
    site.replan();
    await run();
    const operations = site.operationsOf(functionName);
    expect(operations).not.toEqual([]);
    for (const [index, operation] of operations.entries()) {
      for (const place of [index, index + 1]) {
        const failure = quotingAnswers[place % quotingAnswers.length];
        await later();
        site.replan((call) =>
          call.functionName === functionName && `${call.service} ${call.action}` === operation
            ? failure
            : undefined,
        );
        await run().catch(() => undefined);
      }
    }
    site.replan();
    site.setClockOffset(0);
    site.expectNothingLogged();
  });
});

describe('what is not of our form is not quoted', () => {
  it.each<[FunctionName, () => unknown]>([
    ['sync-mailbox', () => eventOf(quoted)],
    ['sync-mailbox', () => eventOf({ kind: quoted, accountId: quoted })],
    ['sync-mailbox', () => eventOf({ kind: 'sync', accountId: [quoted], generation: quoted, jobId: quoted })],
    ['sync-mailbox', () => eventOf({ kind: 'sync', accountId: quoted, generation: quoted, jobId: {} })],
    ['sync-dispatch', () => ({ scheduledTime: quoted })],
    ['sync-dispatch', () => quoted],
    ['auth-url', () => ({ rawPath: quoted })],
  ])('by %s in an event', async (functionName, event) => {
    await site.invoke(functionName, event()).catch(() => undefined);
    site.expectNothingLogged();
  });

  it('in rows, by whoever reads them', async () => {
    const browser = await site.connected();
    site.setClockOffset(20 * 60_000);
    await site.tick();
    const tables = ['grants', 'mailboxes', 'messages', 'changes', 'logins'] as const;
    for (const table of tables) {
      for (const row of await site.items(table)) {
        const spoilt = Object.entries(row).map(([name, value]) => [
          name,
          isKey(name) ? value : { [quoted]: quoted },
        ]);
        await site.put(table, Object.fromEntries(spoilt));
      }
      for (const path of [
        '/mailbox',
        '/messages',
        '/mailbox/messages',
        '/mailbox/changes',
        '/',
        '/auth/login',
      ]) {
        await browser.fetch(`${site.origin}${path}`);
      }
      for (const functionName of ['sync-dispatch', 'changes-publish', 'sync-sweep'] as const) {
        await site.invoke(functionName, { scheduledTime: new Date().toISOString() }).catch(() => undefined);
      }
      await drainQueue(site).catch(() => undefined);
    }
    site.replan();
    await site.forget();
    site.setClockOffset(0);
    site.expectNothingLogged();
  });
});

/** What the tables find items by. */
const isKey = (name: string) =>
  [
    'accountId',
    'id',
    'mailbox',
    'messageId',
    'feed',
    'position',
    'dateKey',
    'dueKey',
    'nextDueAt',
    'owner',
    'emailKey',
    'expiresAt',
  ].includes(name);

it('and no secret or mail of all this got to queue, bus, tables or log', () => site.expectNothingKept());
