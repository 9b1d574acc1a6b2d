import { describe, expect, test } from 'vitest';
import type { MailboxKey } from '../../../lambdas/copied-message.ts';
import { AccessTokenRefused, Problem } from '../../../lambdas/errors.ts';
import type { Summary } from '../../../lambdas/live/mailbox.ts';
import { bytesInResponse, jsonOf } from '../../support/api-event.ts';
import { allOf, messagesOf, pagesOf, summaryOf } from '../../support/doubles/scripted-mailbox.ts';
import { liveSite } from '../../support/live-site.ts';

const numbers = (count: number) => Array.from({ length: count }, (_, index) => index + 1);
const idsOf = (...wanted: readonly number[]) => wanted.map((number) => `m${number}`);

/** A site whose list has this many messages, and whose copy holds some of them; none: nothing is copied. */
async function siteWith(count: number, held?: readonly number[]) {
  const asked: [MailboxKey, readonly string[]][] = [];
  const copied = held && {
    find: async (mailbox: MailboxKey, ids: readonly string[]) => {
      asked.push([mailbox, ids]);
      const found = idsOf(...held).filter((id) => ids.includes(id));
      return new Map(found.map((id): [string, Summary] => [id, summaryOf(id, 'the copy')]));
    },
  };
  const site = await liveSite({}, copied === undefined ? {} : { copied });
  site.mailbox.list = pagesOf(messagesOf(...numbers(count)));
  return { ...site, asked };
}

type Site = Awaited<ReturnType<typeof siteWith>>;

/** Who gave each message's summary; `null`: nobody. */
async function sourcesOf({ list }: Site): Promise<unknown[]> {
  const answer = await list('view=summary');
  expect(answer.status).toBe(200);
  const { messages } = jsonOf(answer);
  if (!Array.isArray(messages)) throw new Error(answer.text);
  return messages.map(({ summary }: { summary: { from: string } | null }) => summary?.from ?? null);
}

describe('a list with summaries', () => {
  test('says of each message what a person would read, as Gmail writes it', async () => {
    const { list } = await siteWith(1, [1]);
    expect(jsonOf(await list('view=summary'))).toEqual({
      messages: [
        {
          id: 'm1',
          threadId: 't1',
          summary: {
            from: 'the copy',
            subject: 'Subject of m1',
            internalDate: '1793491200000',
            labelIds: ['INBOX'],
            snippet: 'Snippet of m1',
          },
        },
      ],
      resultSizeEstimate: 201,
    });
  });

  test('is one that was asked for: usually IDs alone come, and neither copy nor Gmail is asked for more', async () => {
    const { list, mailbox, asked } = await siteWith(2, [1]);
    for (const query of ['', 'view=ids']) {
      expect(jsonOf(await list(query))).toEqual({ messages: messagesOf(1, 2), resultSizeEstimate: 201 });
    }
    expect([mailbox.batches, asked]).toEqual([[], []]);
  });

  test('is asked of Gmail in the same words', async () => {
    const { list, mailbox } = await siteWith(1, []);
    await list('view=summary&q=is%3Aunread&maxResults=20');
    expect(mailbox.lists).toEqual([{ q: 'is:unread', maxResults: 20 }]);
  });

  test('asks the copy of the caller’s generation, also where a backend calls', async () => {
    const { list, backend, asked } = await siteWith(2, []);
    await list('view=summary');
    await backend.list('view=summary');
    const mailbox = { accountId: 'account-1', generation: 'generation-1' };
    expect(asked).toMatchObject([
      [mailbox, idsOf(1, 2)],
      [mailbox, idsOf(1, 2)],
    ]);
  });

  test('is empty where there is nothing to list', async () => {
    const { list, mailbox } = await siteWith(0, []);
    expect(jsonOf(await list('view=summary'))).toEqual({ messages: [], resultSizeEstimate: 201 });
    expect(mailbox.batches).toEqual([]);
  });

  describe('that would be too large to be sent', () => {
    /** Four messages, each with a subject of so many bytes as they are sent. */
    async function siteOf(bytes: number) {
      const site = await siteWith(4, []);
      const subject = '"'.repeat(bytes / 4);
      site.mailbox.summarise = async (ids) => ({
        summaries: new Map(ids.map((id) => [id, { ...summaryOf(id), subject }])),
        hindered: false,
      });
      site.mailbox.list = async ({ maxResults = 4 }) => ({
        messages: messagesOf(...numbers(maxResults)),
        nextPageToken: `after-${maxResults}`,
        resultSizeEstimate: 4,
      });
      return site;
    }

    test('is cut, with the token of the shorter page', async () => {
      const { list, mailbox } = await siteOf(2_000_000);
      const answer = await list('view=summary&q=a');
      expect(bytesInResponse(answer)).toBeLessThanOrEqual(5_500_000);
      const summary = { from: 'Gmail' };
      expect(jsonOf(answer)).toMatchObject({
        messages: [
          { id: 'm1', summary },
          { id: 'm2', summary },
        ],
        nextPageToken: 'after-2',
      });
      expect(mailbox.lists).toEqual([{ q: 'a' }, { q: 'a', maxResults: 2 }]);
    });

    test('is refused where Gmail repeats the page token for the shorter page', async () => {
      const { list } = await siteOf(2_000_000);
      expect(jsonOf(await list('view=summary&pageToken=after-2'))).toMatchObject({ code: 'google_error' });
    });

    test('has no summary where there is no time to cut it, or one alone is too large', async () => {
      const late = jsonOf(await (await siteOf(2_000_000)).list('view=summary', { remaining: 15_000 }));
      expect(late).toMatchObject({
        messages: [{ summary: {} }, { summary: {} }, { summary: null }, { summary: null }],
        nextPageToken: 'after-4',
      });
      expect(await sourcesOf(await siteOf(6_000_000))).toEqual([null, null, null, null]);
    });
  });
});

describe('where the mailbox is copied', () => {
  test('what the copy lacks comes from Gmail, in one batch', async () => {
    const site = await siteWith(4, [1, 3]);
    expect(await sourcesOf(site)).toEqual(['the copy', 'Gmail', 'the copy', 'Gmail']);
    expect(site.mailbox.batches).toEqual([idsOf(2, 4)]);
    expect(site.mailbox.tokens).toEqual(['stored-access-token', 'stored-access-token']);
  });

  test('Gmail is asked for nothing that the copy has', async () => {
    const site = await siteWith(30, numbers(30));
    expect(await sourcesOf(site)).toEqual(Array(30).fill('the copy'));
    expect(site.mailbox.batches).toEqual([]);
  });

  test('Gmail is asked for the first ten that are not copied: the rest will come with the copy', async () => {
    const site = await siteWith(14, [2]);
    const ten = [1, 3, 4, 5, 6, 7, 8, 9, 10, 11];
    expect(await sourcesOf(site)).toEqual([
      ...numbers(11).map((number) => (number === 2 ? 'the copy' : 'Gmail')),
      null,
      null,
      null,
    ]);
    expect(site.mailbox.batches).toEqual([idsOf(...ten)]);
  });
});

describe('where nothing is copied', () => {
  test('all come from Gmail, in batches of 25, one after the other', async () => {
    const site = await siteWith(60);
    let underWay = 0;
    site.mailbox.summarise = async (ids) => {
      underWay += 1;
      expect(underWay).toBe(1);
      await new Promise(setImmediate);
      underWay -= 1;
      return allOf(ids);
    };
    expect(await sourcesOf(site)).toEqual(Array(60).fill('Gmail'));
    expect(site.mailbox.batches.map((ids) => ids.length)).toEqual([25, 25, 10]);
  });

  test('those for which time runs out have none, and no batch is begun that might not end', async () => {
    const site = await siteWith(100);
    site.mailbox.summarise = async (ids) => {
      site.clock.pass(8_000);
      return allOf(ids);
    };
    const answer = jsonOf(await site.list('view=summary', { remaining: 29_000 }));
    expect(JSON.stringify(answer).match(/"summary":\{/g)).toHaveLength(75);
    expect(JSON.stringify(answer).match(/"summary":null/g)).toHaveLength(25);
  });
});

describe('what Gmail holds back', () => {
  test('stays null, and Gmail is not asked for more', async () => {
    const site = await siteWith(60);
    site.mailbox.summarise = async (ids) => ({
      summaries: new Map(ids.slice(1).map((id) => [id, summaryOf(id)])),
      hindered: site.mailbox.batches.length === 2,
    });
    const sources = await sourcesOf(site);
    expect(sources.flatMap((source, index) => (source === null ? [index] : []))).toEqual([
      0,
      25,
      ...numbers(10).map((number) => 49 + number),
    ]);
    expect(site.mailbox.batches).toHaveLength(2);
  });

  test.each(['rate_limited', 'google_error', 'google_unavailable', 'google_timeout'] as const)(
    'by %s is no error of the list',
    async (code) => {
      const site = await siteWith(40, [2]);
      site.mailbox.summarise = () => Promise.reject(new Problem(code));
      expect(await sourcesOf(site)).toEqual([null, 'the copy', ...Array(38).fill(null)]);
      expect(site.mailbox.batches).toHaveLength(1);
    },
  );

  test.each(['insufficient_scope', 'domain_policy', 'misconfigured'] as const)(
    'by %s is told: somebody must mend it',
    async (code) => {
      const { list, mailbox } = await siteWith(1, []);
      mailbox.summarise = () => Promise.reject(new Problem(code));
      expect(jsonOf(await list('view=summary'))).toMatchObject({ code });
    },
  );

  test('by an access token that has just ended comes with a fresh one', async () => {
    const site = await siteWith(1, []);
    site.mailbox.summarise = async (ids, token) => {
      if (token === 'stored-access-token') throw new AccessTokenRefused();
      return allOf(ids);
    };
    expect(await sourcesOf(site)).toEqual(['Gmail']);
    expect(site.mailbox.tokens.slice(2)).toEqual(['fresh-1', 'fresh-1']);
  });
});
