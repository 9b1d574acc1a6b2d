import { request as httpRequest } from 'node:http';
import { text } from 'node:stream/consumers';
import { SignatureV4 } from '@smithy/signature-v4';
import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import * as fc from 'fast-check';
import { describe, expect, onTestFinished, test } from 'vitest';
import { type ApiGatewayOptions, startApiGateway } from '../../../../infra/local/api-gateway.ts';
import { Sha256 } from '../../../../infra/local/gateway/sha256.ts';
import type { LogRecord } from '../../../../infra/local/log-record.ts';
import { routes as siteRoutes } from '../../../../infra/routes.ts';
import { isBackendRoute } from '../../../../lambdas/http/backend-route.ts';

const credentials = { accessKeyId: 'local', secretAccessKey: 'secret' };
const iam = { region: 'us-east-1', credentials };
const routes = {
  backend: ['GET /accounts', 'GET /accounts/{accountId}/messages', 'POST /accounts/code', 'GET /changes'],
  session: ['GET /messages', 'POST /messages'],
};

/** A request as it goes over the wire; a body is JSON. */
interface Sent {
  readonly method: string;
  readonly path: string;
  /** As sent, without its question mark. */
  readonly query: string;
  readonly headers: Record<string, string>;
  readonly body: string;
}

type Asked = Partial<Omit<Sent, 'query'>> & { readonly query?: Record<string, string | string[]> };

async function start(options: Partial<ApiGatewayOptions> = {}) {
  const logs: LogRecord[] = [];
  const gateway = await startApiGateway({
    port: 0,
    routes,
    iam,
    onLog: (record) => logs.push(record),
    ...options,
  });
  onTestFinished(() => gateway.close());
  const events: APIGatewayProxyEventV2[] = [];
  gateway.serve(async (_, event) => {
    events.push(event as APIGatewayProxyEventV2);
    return { statusCode: 200, body: 'let in' };
  });
  const { host, port } = new URL(gateway.origin);

  /** Signs as a program of a team does: with the AWS SDK's own signer. */
  async function sign(
    { method = 'GET', path = '/accounts', query = {}, headers = {}, body = '' }: Asked = {},
    signer: Partial<ConstructorParameters<typeof SignatureV4>[0]> = {},
    signingDate = new Date(),
  ): Promise<Sent> {
    const settings = { service: 'execute-api', region: 'us-east-1', credentials, sha256: Sha256, ...signer };
    const signed = await new SignatureV4(settings).sign(
      {
        ...{ method, path, query, protocol: 'http:', hostname: 'localhost', port: Number(port), body },
        headers: { host, ...(body !== '' && { 'content-type': 'application/json' }), ...headers },
      },
      { signingDate },
    );
    return { method, path, query: wireQuery(query), headers: signed.headers, body };
  }

  async function send({ method, path, query, headers, body }: Sent): Promise<number> {
    const { status, text: answer } = await exchange(port, { method, path, query, headers, body });
    expect([200, 403]).toContain(status);
    if (status === 403) expect(answer).toBe('{"message":"Forbidden"}');
    return status;
  }

  return {
    host,
    port,
    events,
    logs,
    sign,
    send,
    ask: async (...asked: Parameters<typeof sign>) => send(await sign(...asked)),
  };
}

/** By hand: `fetch` would not send a Host of one's own, and would write a query anew. */
async function exchange(port: string, { method, path, query, headers, body }: Sent) {
  const answered = Promise.withResolvers<{ status: number; text: string }>();
  const target = query === '' ? path : `${path}?${query}`;
  const sent = httpRequest({ host: '127.0.0.1', port, method, path: target, headers }, async (answer) => {
    answered.resolve({ status: answer.statusCode ?? 0, text: await text(answer) });
  });
  sent.on('error', answered.reject).end(body);
  return answered.promise;
}

/** RFC 3986, as the SDK's clients write a query. */
function wireQuery(query: Readonly<Record<string, string | string[]>>): string {
  const encode = (word: string) =>
    encodeURIComponent(word).replace(/[!'()*]/g, (one) => `%${one.charCodeAt(0).toString(16).toUpperCase()}`);
  return Object.entries(query)
    .flatMap(([name, values]) => [values].flat().map((value) => `${encode(name)}=${encode(value)}`))
    .join('&');
}

describe('a request that the AWS SDK’s signer signed', () => {
  test('is let in, and the function is told who signed it, as by API Gateway', async () => {
    const { ask, events } = await start();
    expect(await ask()).toBe(200);
    expect(events[0]?.requestContext).toMatchObject({
      authorizer: {
        iam: {
          accessKey: 'local',
          accountId: '000000000000',
          callerId: 'AIDALOCAL',
          cognitoIdentity: null,
          principalOrgId: null,
          userArn: 'arn:aws:iam::000000000000:user/local',
          userId: 'AIDALOCAL',
        },
      },
    });
  });

  test.each<[string, Asked]>([
    ['a query', { query: { owner: 'tenant-1', maxResults: '5' } }],
    ['a query with spaces, plus signs and more', { query: { owner: 'a b+c/d~e*(f)é&=%', empty: '' } }],
    ['a repeated parameter', { path: '/accounts/1/messages', query: { labelIds: ['b', 'a', 'b'] } }],
    ['a path in percent code', { path: '/accounts/a%2Fb%20c/messages' }],
    ['a body', { method: 'POST', path: '/accounts/code', body: '{"owner":"tenant é"}' }],
    ['an empty body', { method: 'POST', path: '/accounts/code' }],
    ['more headers, with odd spaces', { headers: { accept: 'application/json', 'x-team': ' a   b ' } }],
  ])('may have %s', async (_, asked) => {
    expect(await (await start()).ask(asked)).toBe(200);
  });

  test('may have any query whatever', async () => {
    const { ask } = await start();
    const word = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 20 }).filter((w) => w.isWellFormed());
    await fc.assert(
      fc.asyncProperty(fc.dictionary(word, fc.array(word, { minLength: 1, maxLength: 3 })), async (query) => {
        expect(await ask({ query })).toBe(200);
      }),
      { numRuns: 100, examples: [[{ a: ['b c', '+'] }]] },
    );
  });

  test('may be four minutes old, or four ahead', async () => {
    const { ask } = await start();
    for (const minutes of [-4, 4]) {
      expect(await ask({}, {}, new Date(Date.now() + minutes * 60_000))).toBe(200);
    }
  });

  test('may come again while its time lasts, as at AWS', async () => {
    const { sign, send } = await start();
    const signed = await sign({ query: { owner: 'tenant-1' } });
    expect([await send(signed), await send(signed)]).toEqual([200, 200]);
  });

  test('may be of a region and with credentials of one’s own, a session token included', async () => {
    const own = { ...credentials, sessionToken: 'a-session-token' };
    const { ask } = await start({ iam: { region: 'eu-west-1', credentials: own } });
    expect(await ask({}, { region: 'eu-west-1', credentials: own })).toBe(200);
  });

  test('is one of the site’s own: each route of backends and no other is guarded', async () => {
    const { ask, send, host } = await start({ routes: siteRoutes });
    for (const routeKey of Object.values(siteRoutes).flat()) {
      const [method = '', pattern = ''] = routeKey.split(' ');
      const path = pattern.replaceAll(/\{\w+\}/g, '1');
      const unsigned = await send({ method, path, query: '', headers: { host }, body: '' });
      expect([routeKey, unsigned]).toEqual([routeKey, isBackendRoute(routeKey) ? 403 : 200]);
      if (isBackendRoute(routeKey)) expect(await ask({ method, path })).toBe(200);
    }
  });
});

describe('a request is refused, and no function is run', () => {
  async function refused(change: (sent: Sent) => Sent, reason: RegExp, asked: Asked = {}) {
    const { sign, send, events, logs } = await start();
    const signed = await sign({
      method: 'POST',
      path: '/accounts/code',
      query: { owner: 'a' },
      body: '{}',
      ...asked,
    });
    expect(await send(signed)).toBe(200);
    events.length = 0;
    expect(logs).toEqual([]);
    const sent = change(signed);
    expect(await send(sent)).toBe(403);
    expect(events).toEqual([]);
    const fields = {
      event: 'signature_refused',
      route: `${sent.method} ${asked.path ? '/accounts/{accountId}/messages' : '/accounts/code'}`,
    };
    expect(logs).toMatchObject([
      { level: 'warn', fields: { ...fields, reason: expect.stringMatching(reason) } },
    ]);
    // Neither keys nor signature nor anything else that the caller sent under Authorization.
    const secrets = [...(sent.headers['authorization'] ?? '').split(/[ ,=/;]+/), credentials.secretAccessKey];
    const told = JSON.stringify(logs[0]?.fields['reason']);
    for (const secret of secrets.filter((part) => part.length > 20 || part === 'other'))
      expect(told).not.toContain(secret);
  }

  const withHeader = (name: string, value: (before: string) => string) => (sent: Sent) => ({
    ...sent,
    headers: { ...sent.headers, [name]: value(sent.headers[name] ?? '') },
  });
  const without = (name: string) => (sent: Sent) => ({
    ...sent,
    headers: Object.fromEntries(Object.entries(sent.headers).filter(([each]) => each !== name)),
  });

  test.each<[string, (sent: Sent) => Sent, RegExp]>([
    ['without a signature', without('authorization'), /not signed/],
    ['without its time', without('x-amz-date'), /X-Amz-Date is missing/],
    ['with another body', (sent) => ({ ...sent, body: '{"owner":"b"}' }), /is not the hash of the body/],
    ['with another parameter', (sent) => ({ ...sent, query: 'owner=b' }), /changed after signing/],
    [
      'with one parameter more',
      (sent) => ({ ...sent, query: `${sent.query}&status=active` }),
      /changed after signing/,
    ],
    ['with one parameter less', (sent) => ({ ...sent, query: '' }), /changed after signing/],
    [
      'with another header that was signed',
      withHeader('content-type', () => 'text/plain'),
      /changed after signing/,
    ],
    ['without a header that was signed', without('content-type'), /changed after signing/],
    ['with another Host', withHeader('host', () => 'example.com'), /changed after signing/],
    [
      'with a later time',
      withHeader('x-amz-date', () => isoTime(Date.now() + 60_000)),
      /changed after signing/,
    ],
    [
      'with a header of AWS’s that was not signed',
      withHeader('x-amz-team', () => 'more'),
      /not: x-amz-team$/,
    ],
    [
      'with a session token that nobody gave',
      withHeader('x-amz-security-token', () => 'token'),
      /session token/,
    ],
    [
      'with one hexadecimal digit changed',
      withHeader('authorization', (line) => line.replace(/.$/, (last) => (last === '0' ? '1' : '0'))),
      /another secret access key/,
    ],
    [
      'with its signature cut',
      withHeader('authorization', (line) => line.slice(0, -1)),
      /not one of Signature Version 4/,
    ],
    [
      'for another access key',
      withHeader('authorization', (line) => line.replace('local/', 'other/')),
      /access key ID/,
    ],
    [
      'with a signature that leaves the Host out',
      withHeader('authorization', (line) => line.replace(/host;/, '')),
      /not: host$/,
    ],
    [
      'with a Bearer token in place of the signature',
      withHeader('authorization', () => 'Bearer token'),
      /not one of Signature Version 4/,
    ],
    [
      'with nonsense',
      withHeader('authorization', () => 'AWS4-HMAC-SHA256 Credential=, SignedHeaders=, Signature='),
      /not one of Signature Version 4/,
    ],
    [
      'with an impossible time',
      withHeader('x-amz-date', () => '20261332T250000Z'),
      /X-Amz-Date is missing or not/,
    ],
  ])('%s, and the log says why', async (_, change, reason) => {
    await refused(change, reason);
  });

  test('of another region than it says', async () => {
    await refused(
      withHeader('authorization', (line) => line.replace('us-east-1', 'eu-west-1')),
      /is not \d{8}\/us-east-1\/execute-api\//,
    );
  });

  test('with another body, where no header names its hash', async () => {
    const { sign, send } = await start();
    const asked = { method: 'POST', path: '/accounts/code', body: '{}' };
    const signed = await sign(asked, { applyChecksum: false });
    expect(Object.keys(signed.headers)).not.toContain('x-amz-content-sha256');
    expect(await send(signed)).toBe(200);
    expect(await send({ ...signed, body: '{"owner":"b"}' })).toBe(403);
  });

  test('with a body whose hash is only claimed', async () => {
    const { sign, send } = await start();
    const asked = { method: 'POST', path: '/accounts/code', body: '{}' };
    for (const hash of ['UNSIGNED-PAYLOAD', '0'.repeat(64)]) {
      expect(await send(await sign({ ...asked, headers: { 'x-amz-content-sha256': hash } }))).toBe(403);
    }
  });

  test('where nobody’s credentials are known', async () => {
    const gateway = await startApiGateway({ port: 0, routes });
    onTestFinished(() => gateway.close());
    gateway.serve(async () => 'let in');
    expect((await fetch(`${gateway.origin}/accounts`)).status).toBe(403);
    expect((await fetch(`${gateway.origin}/messages`)).status).toBe(200);
  });
});

test('on any other route a signature means nothing: no function is told of a signer', async () => {
  const { ask, events } = await start();
  expect(await ask({ path: '/messages' })).toBe(200);
  expect(
    await ask({ path: '/messages' }, { credentials: { ...credentials, secretAccessKey: 'guess' } }),
  ).toBe(200);
  expect(events).toHaveLength(2);
  for (const event of events) expect(event.requestContext).not.toHaveProperty('authorizer');
});

function isoTime(time: number): string {
  return new Date(time).toISOString().replace(/[-:]|\.\d+/g, '');
}
