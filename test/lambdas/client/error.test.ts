import { expect, it } from 'vitest';
import { createBackendClient } from '../../../lambdas/client/backend-client.ts';
import { createClient } from '../../../lambdas/client/client.ts';
import type { Sign } from '../../../lambdas/client/connection.ts';
import { GmailOfflineAccessError } from '../../../lambdas/client/error.ts';
import { recordedFetch } from './recorded-fetch.ts';

const site = 'https://mail.example.com';

async function refusalOf(answer: () => Response): Promise<GmailOfflineAccessError> {
  return refusalBy(recordedFetch(answer).fetch);
}

async function refusalBy(fetch: typeof globalThis.fetch): Promise<GmailOfflineAccessError> {
  const error: unknown = await createClient({ site, fetch })
    .mailbox.status()
    .catch((thrown: unknown) => thrown);
  if (!(error instanceof GmailOfflineAccessError)) throw new Error('It was not refused.');
  return error;
}

it('a problem is thrown with all that the site says of it', async () => {
  const problem = {
    type: 'about:blank',
    title: 'Gmail’s quota for this mailbox is used up for the moment',
    status: 429,
    code: 'rate_limited',
    detail: 'Try again in 30 seconds.',
    requestId: 'request-1',
  };
  const headers = { 'retry-after': '30' };
  expect(await refusalOf(() => Response.json(problem, { status: 429, headers }))).toMatchObject({
    name: 'GmailOfflineAccessError',
    code: 'rate_limited',
    status: 429,
    detail: 'Try again in 30 seconds.',
    message: 'rate_limited (429): Try again in 30 seconds.',
    requestId: 'request-1',
    retryAfterSeconds: 30,
    authorizationUrl: undefined,
  });
});

it('a problem that a consent mends says where', async () => {
  const authorizationUrl = `${site}/auth/login`;
  const problem = { code: 'grant_revoked', detail: 'Grant access again.', authorizationUrl };
  expect(await refusalOf(() => Response.json(problem, { status: 401 }))).toMatchObject({
    code: 'grant_revoked',
    authorizationUrl,
    retryAfterSeconds: undefined,
  });
});

it.each([
  ['API Gateway’s own', () => Response.json({ message: 'Forbidden' }, { status: 403 }), 403, 'Forbidden'],
  [
    'a page of a proxy',
    () => new Response('<h1>Bad Gateway', { status: 502, statusText: 'Bad Gateway' }),
    502,
    'Bad Gateway',
  ],
  ['nothing', () => new Response('null', { status: 500 }), 500, ''],
])('an answer without a code is the gateway’s: %s', async (_, answer, status, detail) => {
  expect(await refusalOf(answer)).toMatchObject({ code: 'gateway', status, detail });
});

const failing = (error: unknown) => async () => Promise.reject(error);
const answering = (body: ConstructorParameters<typeof Response>[0], init?: ResponseInit) => async () =>
  new Response(body, init);
const cut = (text: string) =>
  new ReadableStream({
    start: (controller) => controller.enqueue(new TextEncoder().encode(text)),
    pull: (controller) => controller.error(new TypeError('terminated')),
  });
const page = { headers: { 'content-type': 'text/html' } };
const moved = { status: 302, headers: { location: 'https://login.example.com/?token=secret' } };
/** What a browser makes of a redirect that it is not to follow. */
const opaque = Object.defineProperties(Response.error(), { type: { value: 'opaqueredirect' } });

it.each<[string, typeof fetch, string, object, string, string | undefined]>([
  [
    'a site that cannot be reached',
    failing(new TypeError('fetch failed')),
    'network_error',
    {},
    'TypeError',
    undefined,
  ],
  ['an answer that is cut off', answering(cut('{"sess')), 'network_error', {}, 'TypeError', undefined],
  [
    'a problem that is cut off',
    answering(cut('{"co'), { status: 500 }),
    'network_error',
    {},
    'TypeError',
    undefined,
  ],
  ['a timeout', failing(new DOMException('late', 'TimeoutError')), 'timeout', {}, 'TimeoutError', undefined],
  ['an abort', failing(new DOMException('off', 'AbortError')), 'aborted', {}, 'AbortError', undefined],
  [
    'a page',
    answering('<h1>Sign in', page),
    'unexpected_response',
    { status: 200 },
    'SyntaxError',
    'text/html',
  ],
  [
    'JSON that is cut short',
    answering('{"account":"secret'),
    'unexpected_response',
    { status: 200 },
    'SyntaxError',
    'JSON',
  ],
  ['no object', answering('["secret"]'), 'unexpected_response', { status: 200 }, '', 'JSON object'],
  ['nothing', answering(''), 'unexpected_response', { status: 200 }, 'SyntaxError', 'JSON'],
  [
    'nothing, by its status',
    answering(null, { status: 204 }),
    'unexpected_response',
    { status: 204 },
    'SyntaxError',
    'JSON',
  ],
  [
    'a redirect',
    answering('', moved),
    'unexpected_response',
    { status: 302 },
    '',
    'https://login.example.com',
  ],
  [
    'a redirect in a browser',
    async () => opaque,
    'unexpected_response',
    { status: undefined },
    '',
    'redirect',
  ],
])('%s is an error of the client with a code', async (_, fetch, code, more, cause, words) => {
  const error = await refusalBy(fetch);
  expect(error).toMatchObject({ name: 'GmailOfflineAccessError', code, status: undefined, ...more });
  expect(cause === '' ? error.cause : Object(error.cause).name).toBe(cause === '' ? undefined : cause);
  expect(error.message).toBe(
    `${code}${error.status === undefined ? '' : ` (${error.status})`}: ${error.detail}`,
  );
  expect(error.detail).toContain(words ?? 'https://mail.example.com');
  expect(`${error.message} ${error.cause}`).not.toContain('secret');
});

it('an answer where there is to be none is unexpected', async () => {
  const { auth } = createClient({ site, fetch: answering('<h1>Sign in', page) });
  await expect(auth.logout()).rejects.toMatchObject({ code: 'unexpected_response', status: 200 });
});

it('a request that cannot be signed is an error of the client, with the cause', async () => {
  const cause = new Error('credentials have expired');
  const { fetch, sent } = recordedFetch();
  const backend = createBackendClient({ site, fetch, sign: () => Promise.reject(cause) });
  await expect(backend.accounts.list()).rejects.toMatchObject({
    code: 'signing_failed',
    status: undefined,
    cause,
  });
  expect(sent).toEqual([]);
});

it.each([
  ...['mail.example.com', 'localhost:3000', '/', '', 'ftp://mail.example.com'],
  ...['https://mail.example.com/api', 'https://mail.example.com/?a', 'https://a:secret@mail.example.com'],
])('a client is made for no site “%s”', (faulty) => {
  const sign: Sign = ({ headers }) => headers;
  for (const make of [
    () => createClient({ site: faulty }),
    () => createBackendClient({ site: faulty, sign }),
  ]) {
    const error = thrownBy(make);
    expect(error).toMatchObject({
      name: 'GmailOfflineAccessError',
      code: 'invalid_base_url',
      status: undefined,
    });
    expect(String(error)).toContain('https://mail.example.com');
    expect(String(error)).not.toContain('secret');
  }
});

function thrownBy(act: () => unknown): unknown {
  try {
    act();
  } catch (error) {
    return error;
  }
  throw new Error('Nothing was thrown.');
}
