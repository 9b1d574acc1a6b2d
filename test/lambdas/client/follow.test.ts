import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { createBackendClient } from '../../../lambdas/client/backend-client.ts';
import { createClient } from '../../../lambdas/client/client.ts';
import { recordedFetch } from './recorded-fetch.ts';

const site = 'https://mail.example.com';

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
});
afterEach(() => {
  vi.useRealTimers();
});

const pages = (name: string) => [
  () => Response.json({ [name]: [{ id: '1' }, { id: '2' }], nextPageToken: 'two' }),
  () => Response.json({ [name]: [], nextPageToken: 'three' }),
  () => Response.json({ [name]: [{ id: '3' }] }),
];

it.each([
  [
    'live messages',
    'messages',
    (fetch: typeof globalThis.fetch) => createClient({ site, fetch }).messages.all({ q: 'x' }),
  ],
  [
    'the copy',
    'messages',
    (fetch: typeof globalThis.fetch) => createClient({ site, fetch }).mailbox.messages.all({ labelId: 'x' }),
  ],
  [
    'accounts',
    'accounts',
    (fetch: typeof globalThis.fetch) =>
      createBackendClient({ site, fetch, sign: ({ headers }) => headers }).accounts.all({ email: 'x' }),
  ],
])('goes through all of %s, page after page, empty ones too', async (_, name, all) => {
  const { fetch, sent } = recordedFetch(...pages(name));
  expect((await Array.fromAsync<{ id: string }>(all(fetch))).map(({ id }) => id)).toEqual(['1', '2', '3']);
  expect(sent.map(({ url }) => url.searchParams.get('pageToken'))).toEqual([null, 'two', 'three']);
  expect(sent.every(({ url }) => url.search.includes('=x'))).toBe(true);
});

it('ends at a page token that comes twice', async () => {
  const [first, second] = pages('messages');
  const { fetch, sent } = recordedFetch(...[first, second, first, first].flatMap((page) => page ?? []));
  await expect(Array.fromAsync(createClient({ site, fetch }).messages.all())).rejects.toMatchObject({
    name: 'GmailOfflineAccessError',
    code: 'google_error',
  });
  expect(sent).toHaveLength(3);
});

it('asks for no page that nobody wants', async () => {
  const { fetch, sent } = recordedFetch(...pages('messages'));
  for await (const { id } of createClient({ site, fetch }).messages.all()) if (id === '2') break;
  expect(sent).toHaveLength(1);
});

const change = (cursor: string, more: boolean) => () => Response.json({ changes: [], cursor, more });

it('waits where the cursor does not move on, whatever the page says of more', async () => {
  const { fetch, sent } = recordedFetch(change('a', true), change('a', true), change('b', true));
  const feed = createClient({ site, fetch }).changes.follow({ interval: 1_000 });
  for (const _ of ['a', 'a']) expect((await feed.next()).value?.cursor).toBe('a');
  const third = feed.next();
  await vi.advanceTimersByTimeAsync(999);
  expect(sent).toHaveLength(2);
  await vi.advanceTimersByTimeAsync(1);
  expect((await third).value?.cursor).toBe('b');
});

it('follows changes from cursor to cursor, and waits where there is nothing more', async () => {
  const { fetch, sent } = recordedFetch(change('a', true), change('b', false), change('c', false));
  const feed = createClient({ site, fetch }).changes.follow({ after: 'now', maxResults: 5, interval: 1_000 });
  expect((await feed.next()).value?.cursor).toBe('a');
  expect((await feed.next()).value?.cursor).toBe('b');
  const third = feed.next();
  await vi.advanceTimersByTimeAsync(999);
  expect(sent).toHaveLength(2);
  await vi.advanceTimersByTimeAsync(1);
  expect((await third).value?.cursor).toBe('c');
  expect(sent.map(({ url }) => url.search)).toEqual([
    '?after=now&maxResults=5',
    '?after=a&maxResults=5',
    '?after=b&maxResults=5',
  ]);
});

it('ends when it is told to, while it waits', async () => {
  const { fetch, sent } = recordedFetch(change('a', false));
  const end = new AbortController();
  const feed = createClient({ site, fetch }).changes.follow({ signal: end.signal });
  await feed.next();
  const next = feed.next();
  end.abort();
  expect(await next).toEqual({ done: true, value: undefined });
  expect(sent).toHaveLength(1);
});

it('ends when it is told to, while it asks', async () => {
  const end = new AbortController();
  const hanging: typeof globalThis.fetch = (_, init) =>
    new Promise((_resolve, reject) => {
      init?.signal?.addEventListener('abort', () => reject(new DOMException('Aborted', 'AbortError')));
    });
  const next = createClient({ site, fetch: hanging }).changes.follow({ signal: end.signal }).next();
  await vi.advanceTimersByTimeAsync(0);
  end.abort();
  expect(await next).toEqual({ done: true, value: undefined });
});

it('tells of a problem, and does not try again by itself', async () => {
  const { fetch, sent } = recordedFetch(() => Response.json({ code: 'cursor_too_old' }, { status: 410 }));
  await expect(createClient({ site, fetch }).changes.follow().next()).rejects.toMatchObject({
    code: 'cursor_too_old',
  });
  expect(sent).toHaveLength(1);
});
