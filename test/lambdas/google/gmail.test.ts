import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { messageFormats } from '../../../lambdas/api/requests/mail.ts';
import { AccessTokenRefused, Problem, type ProblemCode } from '../../../lambdas/errors.ts';
import { createMailboxOpener } from '../../../lambdas/google/gmail.ts';
import { testClock, testStart } from '../../support/doubles/clock.ts';
import { deadOrigin, impatientTransport, type Reply, scriptedServer } from '../../support/scripted-server.ts';

async function build(...replies: readonly Reply[]) {
  const server = await scriptedServer();
  server.script(...replies);
  const open = createMailboxOpener({
    rootUrl: `${server.origin}/`,
    transport: impatientTransport(400),
    clock: testClock(),
  });
  return { server, mailbox: open('ya29.canary') };
}

const fields = 'messages(id,threadId),nextPageToken,resultSizeEstimate';
const page = { messages: [{ id: '18c', threadId: '18b' }], nextPageToken: 'next', resultSizeEstimate: 201 };

describe('the list', () => {
  test('is asked with every word of the query, and the token in its header alone', async () => {
    const { server, mailbox } = await build({ body: page });
    const answer = await mailbox.listMessages({
      q: 'from:ann & is:unread+x',
      labelIds: ['INBOX', 'Label_1'],
      maxResults: 500,
      pageToken: 'p/1+2=',
      includeSpamTrash: true,
    });
    expect(answer).toEqual(page);
    const [seen] = server.requests;
    expect(seen).toMatchObject({ method: 'GET', url: { pathname: '/gmail/v1/users/me/messages' } });
    expect([...(seen?.url.searchParams ?? [])].toSorted()).toEqual([
      ['fields', fields],
      ['includeSpamTrash', 'true'],
      ['labelIds', 'INBOX'],
      ['labelIds', 'Label_1'],
      ['maxResults', '500'],
      ['pageToken', 'p/1+2='],
      ['q', 'from:ann & is:unread+x'],
    ]);
    expect(seen?.headers.authorization).toBe('Bearer ya29.canary');
  });

  test('is empty where Gmail leaves the messages out', async () => {
    const { mailbox } = await build({ body: { resultSizeEstimate: 0 } }, { body: {} });
    expect(await mailbox.listMessages({})).toEqual({ messages: [], resultSizeEstimate: 0 });
    expect(await mailbox.listMessages({})).toEqual({ messages: [], resultSizeEstimate: 0 });
  });

  test('holds no more of a message than its IDs', async () => {
    const { mailbox } = await build({
      body: { ...page, messages: [{ id: '1', threadId: '2', more: 'x' }], extra: 1 },
    });
    expect(await mailbox.listMessages({})).toEqual({ ...page, messages: [{ id: '1', threadId: '2' }] });
  });
});

describe('a message', () => {
  test('has its snippet as text', async () => {
    const { mailbox } = await build({ body: { id: '18c', threadId: '18b', snippet: 'Tom &amp; Ann&#39;s' } });
    expect(await mailbox.getMessage('18c', 'minimal')).toMatchObject({ snippet: "Tom & Ann's" });
  });

  test.each(messageFormats)('is asked for by its ID as %s, and given whole', async (format) => {
    const message = { id: '18c', threadId: '18b', historyId: '18446744073709551615', payload: { parts: [] } };
    const { server, mailbox } = await build({ body: message });
    expect(await mailbox.getMessage('18c', format)).toEqual(message);
    expect(server.requests[0]?.url.pathname).toBe('/gmail/v1/users/me/messages/18c');
    expect(server.requests[0]?.url.search).toBe(`?format=${format}`);
  });

  test('over 16 MB is not read to its end', async () => {
    const whole = { body: { id: '1', threadId: '1', raw: 'a'.repeat(17_000_000) } };
    const server = await scriptedServer();
    server.script(whole, whole);
    const mailbox = createMailboxOpener({ rootUrl: `${server.origin}/` })('ya29.canary');
    await expect(mailbox.getMessage('1', 'raw')).rejects.toMatchObject({ code: 'message_too_large' });
  });
});

describe('the labels', () => {
  test('are asked for in one call, with no more than is told of them', async () => {
    const labels = [
      { id: 'INBOX', name: 'INBOX', type: 'system' },
      { id: 'Label_1', name: 'Würfel/Käse', type: 'user' },
    ];
    const body = { labels: labels.map((label) => ({ ...label, messagesTotal: 7 })) };
    const { server, mailbox } = await build({ body });
    expect(await mailbox.listLabels()).toEqual(labels);
    const [seen] = server.requests;
    expect(seen?.url.pathname).toBe('/gmail/v1/users/me/labels');
    expect(seen?.url.searchParams.get('fields')).toBe('labels(id,name,type)');
  });

  test('are none where Gmail leaves them out', async () => {
    const { mailbox } = await build({ body: {} });
    expect(await mailbox.listLabels()).toEqual([]);
  });

  test('of an unknown form are an error of Google’s', async () => {
    const { mailbox } = await build({ body: { labels: [{ id: 'INBOX', name: 'INBOX', type: 'other' }] } });
    await expect(mailbox.listLabels()).rejects.toMatchObject({ code: 'google_error' });
  });
});

test('answers may come compressed, and Gmail is told so as it wants: in both headers', async () => {
  const server = await scriptedServer();
  server.script({ body: page });
  await createMailboxOpener({ rootUrl: `${server.origin}/` })('ya29.canary').listMessages({});
  const [seen] = server.requests;
  expect(seen?.headers['accept-encoding']).toMatch(/gzip/);
  expect(seen?.headers['user-agent']).toMatch(/gzip/);
});

test('a compressed answer is read', async () => {
  const server = createServer((_, response) => {
    response.writeHead(200, { 'content-type': 'application/json', 'content-encoding': 'gzip' });
    response.end(gzipSync(JSON.stringify(page)));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  try {
    const mailbox = createMailboxOpener({ rootUrl: `http://127.0.0.1:${port}/` })('ya29.canary');
    expect(await mailbox.listMessages({})).toEqual(page);
  } finally {
    server.closeAllConnections();
    server.close();
  }
});

/** Gmail's error body, as its API writes it. */
function gmailError(
  status: number,
  reason: string,
  message = 'canary',
  headers: Record<string, string> = {},
): Reply {
  return {
    status,
    headers,
    body: { error: { code: status, message, errors: [{ domain: 'global', reason, message }], status: 'X' } },
  };
}

const newer = (status: number, reason: string): Reply => ({
  status,
  body: {
    error: { code: status, message: 'canary', details: [{ '@type': 'ErrorInfo', reason, domain: 'x' }] },
  },
});

describe('what Gmail’s errors mean', () => {
  test.each([
    ['401', gmailError(401, 'authError')],
    ['401 without a body', { status: 401 }],
    ['401 with a page', { status: 401, body: '<html>' }],
  ] as [string, Reply][])('%s: the access token is refused, and asked about once', async (_, reply) => {
    const { server, mailbox } = await build(reply);
    await expect(mailbox.listMessages({})).rejects.toBeInstanceOf(AccessTokenRefused);
    expect(server.requests).toHaveLength(1);
  });

  test.each([
    ['403 rateLimitExceeded', gmailError(403, 'rateLimitExceeded'), 'rate_limited'],
    ['403 userRateLimitExceeded', gmailError(403, 'userRateLimitExceeded'), 'rate_limited'],
    ['403 dailyLimitExceeded', gmailError(403, 'dailyLimitExceeded'), 'rate_limited'],
    ['403 quotaExceeded', gmailError(403, 'quotaExceeded'), 'rate_limited'],
    ['403 RATE_LIMIT_EXCEEDED', newer(403, 'RATE_LIMIT_EXCEEDED'), 'rate_limited'],
    ['429', gmailError(429, 'rateLimitExceeded'), 'rate_limited'],
    ['429 with a page', { status: 429, body: '<html>' }, 'rate_limited'],
    ['403 domainPolicy', gmailError(403, 'domainPolicy'), 'domain_policy'],
    ['403 insufficientPermissions', gmailError(403, 'insufficientPermissions'), 'insufficient_scope'],
    [
      '403 ACCESS_TOKEN_SCOPE_INSUFFICIENT',
      newer(403, 'ACCESS_TOKEN_SCOPE_INSUFFICIENT'),
      'insufficient_scope',
    ],
    ['403 accessNotConfigured', gmailError(403, 'accessNotConfigured'), 'misconfigured'],
    ['403 SERVICE_DISABLED', newer(403, 'SERVICE_DISABLED'), 'misconfigured'],
    ['404', gmailError(404, 'notFound'), 'not_found'],
    ['400', gmailError(400, 'invalidArgument', 'Invalid pageToken'), 'invalid_request'],
    [
      '400 for an account without Gmail',
      gmailError(400, 'failedPrecondition', 'Mail service not enabled'),
      'gmail_not_enabled',
    ],
    ['418', gmailError(418, 'teapot'), 'google_error'],
    ['429 beyond its script', { status: 429 }, 'rate_limited'],
  ] as [string, Reply, ProblemCode][])('%s, asked once', async (_, reply, code) => {
    const { server, mailbox } = await build(reply);
    await expect(mailbox.listMessages({})).rejects.toMatchObject({ name: 'Problem', code });
    expect(server.requests).toHaveLength(1);
  });

  test('a Gmail API that is not enabled comes with its remedy for the operator', async () => {
    const { mailbox } = await build(gmailError(403, 'accessNotConfigured'));
    const remedy = expect.stringContaining('enable the Gmail API');
    await expect(mailbox.listMessages({})).rejects.toMatchObject({ options: { remedy } });
  });

  test('a refused request keeps Gmail’s words, cut to a sensible length', async () => {
    const { mailbox } = await build(
      gmailError(400, 'invalidArgument', `Invalid pageToken ${'x'.repeat(5_000)}`),
    );
    const failure = await mailbox.listMessages({ pageToken: 'x' }).catch((error: unknown) => error);
    expect(failure).toMatchObject({
      message: expect.stringMatching(/^Gmail refused the request: Invalid pageToken/),
    });
    expect(failure instanceof Problem && failure.message.length).toBeLessThan(400);
  });

  test.each([
    ['the header', gmailError(429, 'rateLimitExceeded', '', { 'retry-after': '17' }), 17],
    [
      'the text',
      gmailError(403, 'userRateLimitExceeded', `Retry after ${new Date(testStart + 90_000).toISOString()}`),
      90,
    ],
    ['nothing', gmailError(429, 'rateLimitExceeded'), 10],
  ])('how long to wait is read from %s', async (_, reply, retryAfterSeconds) => {
    const { mailbox } = await build(reply);
    await expect(mailbox.listMessages({})).rejects.toMatchObject({
      code: 'rate_limited',
      options: { retryAfterSeconds },
    });
  });
});

describe('when Gmail fails', () => {
  const passing: [string, Reply][] = [
    ['500', gmailError(500, 'backendError')],
    ['a passing precondition', gmailError(400, 'failedPrecondition', 'Precondition check failed.')],
    ['503 with a page', { status: 503, headers: { 'content-type': 'text/html' }, body: '<html>canary' }],
    ['a dropped connection', 'reset'],
    [
      'an answer that breaks off',
      { headers: { 'content-type': 'application/json' }, body: '{"mess', broken: true },
    ],
  ];

  test.each(passing)('%s: asked once more, and answered', async (_, reply) => {
    const { server, mailbox } = await build(reply, { body: page });
    expect(await mailbox.listMessages({})).toEqual(page);
    expect(server.requests).toHaveLength(2);
  });

  test.each(passing)('%s twice: told', async (_, reply) => {
    const { server, mailbox } = await build(reply, reply, { body: page });
    await expect(mailbox.listMessages({})).rejects.toMatchObject({ code: 'google_unavailable' });
    expect(server.requests).toHaveLength(2);
  });

  test('no answer in time: told, not asked again', async () => {
    const { server, mailbox } = await build('hang', { body: page });
    await expect(mailbox.listMessages({})).rejects.toMatchObject({ code: 'google_timeout' });
    expect(server.requests).toHaveLength(1);
  });

  test('nobody listens', async () => {
    const rootUrl = `${await deadOrigin()}/`;
    const mailbox = createMailboxOpener({ rootUrl })('ya29.canary');
    await expect(mailbox.getMessage('1', 'raw')).rejects.toMatchObject({ code: 'google_unavailable' });
  });

  test.each([
    ['a page', { headers: { 'content-type': 'text/html' }, body: '<html>' }],
    ['half of a JSON', { headers: { 'content-type': 'application/json' }, body: '{"messages":[{' }],
    ['another form', { body: { messages: [{ id: 1 }] } }],
    ['a text', { headers: { 'content-type': 'application/json' }, body: '"text"' }],
    ['nothing', { status: 204 }],
  ] as [string, Reply][])('200 with %s makes no sense', async (_, reply) => {
    const { mailbox, server } = await build(reply);
    await expect(mailbox.listMessages({})).rejects.toMatchObject({ code: 'google_error' });
    expect(server.requests).toHaveLength(1);
  });

  test('a redirect is not followed: no other host gets the access token', async () => {
    const elsewhere = await scriptedServer();
    const to: Reply = { status: 302, headers: { location: `${elsewhere.origin}/` } };
    const { mailbox } = await build(to, to);
    await expect(mailbox.listMessages({})).rejects.toMatchObject({ name: 'Problem' });
    expect(elsewhere.requests).toEqual([]);
  });
});
