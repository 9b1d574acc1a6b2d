import { describe, expect, test } from 'vitest';
import { Problem } from '../../../lambdas/errors.ts';
import { jsonOf } from '../../support/api-event.ts';
import { messagesOf } from '../../support/doubles/scripted-mailbox.ts';
import { liveSite } from '../../support/live-site.ts';

/** Units of live calls by mailbox and minute, as the table counts them. */
function memoryUnits() {
  const rows = new Map<string, number>();
  const writes: number[] = [];
  return {
    writes,
    add: async ({ accountId }: { accountId: string }, startsAt: number, units: number) => {
      const id = `${accountId} ${startsAt}`;
      writes.push(units);
      rows.set(id, (rows.get(id) ?? 0) + units);
      return rows.get(id) ?? 0;
    },
  };
}

async function open({
  sync = 0,
  wants = 42,
  copying = true,
}: {
  sync?: number;
  wants?: number;
  copying?: boolean;
} = {}) {
  const store = memoryUnits();
  let asked = 0;
  const unitsOfSync = async () => {
    asked++;
    return { trailing: sync, wants };
  };
  const site = await liveSite({}, { units: { store, unitsOfSync: copying ? unitsOfSync : undefined } });
  site.mailbox.list = async () => ({ messages: messagesOf(1), resultSizeEstimate: 1 });
  /** How often a list is answered before it is refused. */
  const listUntilRefused = async () => {
    for (let count = 0; count < 2_000; count++) {
      const answer = await site.list();
      if (answer.status !== 200) return { count, answer };
    }
    throw new Error('A caller in a loop is never refused.');
  };
  return { ...site, store, listUntilRefused, asked: () => asked };
}

describe('live calls of a mailbox have a share of its minute', () => {
  test.each([
    ['nearly half of it where the sync leaves that', { sync: 42 }, 565],
    ['half of what the sync leaves', { sync: 4_000 }, 170],
    ['a fifth of it where the sync has work for all of it', { wants: 5_700 }, 240],
    ['its twentieth in any case', { sync: 5_700 }, 60],
    ['nearly all of it where nothing is copied', { copying: false }, 1_140],
  ])('%s', async (_, given, lists) => {
    const { listUntilRefused, clock, mailbox } = await open(given);
    const { count, answer } = await listUntilRefused();
    expect(count).toBe(lists);
    expect(mailbox.lists).toHaveLength(lists);
    expect(jsonOf(answer)).toMatchObject({ status: 429, code: 'rate_limited' });
    const seconds = Number(answer.headers['retry-after']);
    expect(seconds).toBe(60);
    expect(jsonOf(answer)['detail']).toBe(
      'Live requests have used up their share of this mailbox’s quota at Gmail. Try again in 60 seconds.',
    );
    clock.pass(seconds * 1_000);
    expect((await listUntilRefused()).count).toBe(lists);
  });

  test('however many ask at once', async () => {
    const { list, mailbox } = await open({ sync: 5_700 });
    const answers = await Promise.all(Array.from({ length: 100 }, () => list()));
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(60);
    expect(mailbox.lists).toHaveLength(60);
  });

  test('of which a message takes what it costs, and names of labels hardly any', async () => {
    const { get, labels, store } = await open();
    await get('18c2');
    await labels();
    expect(store.writes).toEqual([21]);
  });
});

describe('counting', () => {
  test('takes no write of an occasional request, else one, and asks for the sync only beyond what is live’s in any case', async () => {
    const { list, store, asked, clock } = await open();
    for (let count = 0; count < 4; count++) await list();
    expect(store.writes).toEqual([]);
    for (let count = 0; count < 56; count++) await list();
    expect(store.writes).toEqual([25, ...Array(55).fill(5)]);
    expect(asked()).toBe(0);
    await list();
    expect([store.writes.length, asked()]).toEqual([57, 1]);
    clock.pass(60_000);
    await list();
    expect(store.writes).toHaveLength(57);
  });

  test('takes a write for ten pages more of a list with all pages', async () => {
    const { list, store, mailbox } = await open();
    let page = 0;
    mailbox.list = async () => {
      page++;
      return { messages: [], resultSizeEstimate: 0, ...(page < 25 && { nextPageToken: `page-${page}` }) };
    };
    expect((await list('all=true')).status).toBe(200);
    expect(mailbox.lists).toHaveLength(25);
    expect(store.writes).toEqual([55, 50, 50]);
  });

  test('takes one write of a request that is refused, too', async () => {
    const { listUntilRefused, list, store } = await open({ sync: 5_700 });
    await listUntilRefused();
    const before = store.writes.length;
    expect((await list('all=true')).status).toBe(429);
    expect(store.writes.slice(before)).toEqual([5]);
  });

  test('that fails lets the request go on, and the log says so', async () => {
    const add = async () => Promise.reject(new Problem('storage_unavailable'));
    const { get, log } = await liveSite({}, { units: { store: { add } } });
    for (let count = 0; count < 2; count++) expect((await get('18c2')).status).toBe(200);
    expect(log.lines).toContainEqual(
      expect.objectContaining({ event: 'live units not counted', accountId: 'account-1' }),
    );
  });
});

describe('where the units end', () => {
  test('a list with all pages ends too, with the token to go on', async () => {
    const { list, mailbox, get } = await open({ sync: 5_700 });
    for (let count = 0; count < 14; count++) await get('18c2');
    let page = 0;
    mailbox.list = async () => ({
      messages: messagesOf(++page),
      resultSizeEstimate: 9,
      nextPageToken: `page-${page}`,
    });
    expect(jsonOf(await list('all=true'))).toMatchObject({
      messages: messagesOf(1, 2, 3, 4),
      nextPageToken: 'page-4',
    });
    expect((await list('all=true')).status).toBe(429);
  });

  test('a page is given with as many summaries as fit, and the rest is left to smaller requests', async () => {
    const { list, mailbox, get, store } = await open({ sync: 5_700 });
    const ids = Array.from({ length: 20 }, (_, number) => number);
    mailbox.list = async () => ({ messages: messagesOf(...ids), resultSizeEstimate: 20 });
    const asked: string[][] = [];
    mailbox.summarise = async (wanted) => {
      asked.push([...wanted]);
      return { summaries: new Map(), hindered: false };
    };
    for (let count = 0; count < 10; count++) await get('18c2');
    expect((await list('view=summary')).status).toBe(200);
    expect(asked.map(({ length }) => length)).toEqual([4]);
    expect(store.writes.slice(9)).toEqual([5, 400, 95 - 400]);
    expect((await list('view=summary')).status).toBe(429);
    expect(mailbox.lists).toHaveLength(1);
  });

  test('what is too large for the rest leaves it to smaller requests', async () => {
    const { get, listUntilRefused } = await open({ sync: 5_700 });
    for (let count = 0; count < 14; count++) await get('18c2');
    expect((await get('18c2')).status).toBe(200);
    expect((await get('18c2')).status).toBe(429);
    const other = await open({ sync: 5_080 });
    for (let count = 0; count < 15; count++) await other.get('18c2');
    expect((await other.get('18c2')).status).toBe(429);
    expect([(await listUntilRefused()).count, (await other.listUntilRefused()).count]).toEqual([0, 2]);
  });
});
