import { describe, expect, it } from 'vitest';
import { describeApi } from '../../../infra/description/describe.ts';
import { matchRoute } from '../../../infra/local/api-gateway.ts';
import { createBackendClient } from '../../../lambdas/client/backend-client.ts';
import { createClient } from '../../../lambdas/client/client.ts';
import { recordedFetch } from './recorded-fetch.ts';

const site = 'https://mail.example.com';
const page = { messages: [], accounts: [], changes: [], cursor: 'c', more: false };

/** Calls every method once; of iterators the first step. */
async function callAll(calls: object, skipped: readonly string[] = []): Promise<void> {
  for (const [name, call] of Object.entries(calls)) {
    if (skipped.includes(name)) continue;
    if (typeof call === 'object') await callAll(call, skipped);
    else {
      const result = call({});
      await (typeof result?.next === 'function' ? result.next() : result);
    }
  }
}

describe('the clients', () => {
  const recorded = recordedFetch(({ url }) =>
    url.pathname === '/auth/logout' ? new Response(null, { status: 204 }) : Response.json(page),
  );
  const client = createClient({ site, token: 'token', fetch: recorded.fetch });
  const backend = createBackendClient({ site, fetch: recorded.fetch, sign: ({ headers }) => headers });
  const account = backend.account('1');

  it('have a method for every route that answers with JSON', async () => {
    await callAll(client, ['loginAddress', 'get', 'find']);
    await client.messages.get('m');
    await client.mailbox.messages.get('m');
    await callAll(backend, ['account']);
    await callAll(account, ['get', 'find']);
    await account.messages.get('m');
    await account.copy.get('m');
    const asked = recorded.sent.map(({ method, url }) => matchRoute(method, url.pathname)?.routeKey);
    const inJson = Object.entries(describeApi().paths).flatMap(([path, methods]) =>
      Object.entries(methods)
        .filter(([, { responses }]) =>
          ['200', '201', '202', '204'].some((status) => {
            const response = responses[status];
            if (response === undefined || '$ref' in response) return false;
            return response.content === undefined || 'application/json' in response.content;
          }),
        )
        .map(([method]) => `${method.toUpperCase()} ${path}`),
    );
    expect([...new Set(asked)].toSorted()).toEqual(inJson.toSorted());
  });

  it('name the address where a browser signs in', () => {
    expect(client.auth.loginAddress()).toBe(`${site}/auth/login`);
    expect(client.auth.loginAddress({ return_to: '/?q=a b&x', prompt: 'consent' })).toBe(
      `${site}/auth/login?return_to=%2F%3Fq%3Da%20b%26x&prompt=consent`,
    );
  });
});

describe('a request', () => {
  it('carries the session’s token, and asks for JSON', async () => {
    const { fetch, sent } = recordedFetch();
    await createClient({ site, token: 'secret', fetch }).mailbox.status();
    expect(Object.fromEntries(sent[0]?.headers ?? [])).toEqual({
      accept: 'application/json',
      authorization: 'Bearer secret',
    });
  });

  it('of a page of the site itself carries no token: the browser adds its cookie', async () => {
    const { fetch, sent } = recordedFetch();
    await createClient({ site, fetch }).mailbox.status();
    expect(sent[0]?.headers.has('authorization')).toBe(false);
  });

  it('writes a query as the site reads it, in the code of percents', async () => {
    const { fetch, sent } = recordedFetch();
    const client = createClient({ site, fetch });
    await client.messages.list({
      q: "a+b (it's)*",
      labelIds: ['INBOX', 'UNREAD'],
      all: false,
      pageToken: undefined,
    });
    expect(sent[0]?.url.search).toBe('?q=a%2Bb%20%28it%27s%29%2A&labelIds=INBOX&labelIds=UNREAD&all=false');
    await client.mailbox.messages.list({ after: new Date(0), before: 1_795_359_944_630 });
    expect(sent[1]?.url.search).toBe('?after=1970-01-01T00%3A00%3A00.000Z&before=1795359944630');
  });

  it('replaces half of a character, of which no address can be made', async () => {
    const { fetch, sent } = recordedFetch();
    const client = createClient({ site, fetch });
    await client.messages.list({ q: 'caf\ud83d 😀' });
    await client.messages.get('a\ude00');
    expect(sent.map(({ url }) => url.pathname + url.search)).toEqual([
      '/messages?q=caf%EF%BF%BD%20%F0%9F%98%80',
      '/messages/a%EF%BF%BD',
    ]);
  });

  it('for copied messages by their IDs is repeated for what one answer does not hold', async () => {
    const { fetch, sent } = recordedFetch(
      () => Response.json({ messages: [{ id: 'a' }], missing: ['b'], nextPageToken: 'next' }),
      () => Response.json({ messages: [{ id: 'c' }], missing: ['d'] }),
    );
    const found = await createClient({ site, fetch }).mailbox.messages.find(['a', 'b', 'c', 'd']);
    expect(found).toEqual({ messages: [{ id: 'a' }, { id: 'c' }], missing: ['b', 'd'] });
    expect(sent.map(({ url }) => url.search)).toEqual([
      '?ids=a%2Cb%2Cc%2Cd',
      '?ids=a%2Cb%2Cc%2Cd&pageToken=next',
    ]);
  });

  it('writes what stands in a path so that it stays there', async () => {
    const { fetch, sent } = recordedFetch();
    await createClient({ site, fetch }).messages.get('../a?b');
    expect(sent[0]?.url.pathname).toBe('/messages/..%2Fa%3Fb');
  });

  it('of a backend is signed as it is sent, within its owner', async () => {
    const { fetch, sent } = recordedFetch();
    const signed: string[] = [];
    const sign = ({
      method,
      url,
      headers,
      body,
    }: {
      method: string;
      url: URL;
      headers: object;
      body?: string;
    }) => {
      signed.push(`${method} ${url.pathname}${url.search} ${body}`);
      return { ...headers, authorization: 'AWS4-HMAC-SHA256 …'.slice(0, 16) };
    };
    const backend = createBackendClient({ site, sign, owner: 'tenant 1', fetch });
    await backend.connectLinks.create({ owner: 'tenant 1' });
    expect(signed).toEqual(['POST /accounts/connect-links?owner=tenant%201 {"owner":"tenant 1"}']);
    expect(sent[0]?.body).toBe('{"owner":"tenant 1"}');
    expect(sent[0]?.headers.get('authorization')).toBe('AWS4-HMAC-SHA256');
    expect(sent[0]?.headers.get('content-type')).toBe('application/json');
  });

  it('that is answered with nothing gives nothing', async () => {
    const { fetch } = recordedFetch(() => new Response(null, { status: 204 }));
    expect(await createClient({ site, fetch }).auth.logout()).toBeUndefined();
  });
});

it.each(['', '.', '..'])('asks no other route for an ID that is “%s”', async (id) => {
  const asked: string[] = [];
  const fetch: typeof globalThis.fetch = async (url) => {
    asked.push(String(url));
    return new Response('{}');
  };
  const client = createClient({ site: 'https://mail.example.com', token: 't', fetch });
  await expect(async () => client.messages.get(id)).rejects.toThrow(TypeError);
  expect(asked).toEqual([]);
});
