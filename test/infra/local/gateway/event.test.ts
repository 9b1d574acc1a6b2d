import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { toEvent } from '../../../../infra/local/api-gateway.ts';
import type { WireRequest } from '../../../../infra/local/gateway/event.ts';

const match = { functionName: 'one', routeKey: 'GET /messages/{id}', pathParameters: { id: 'a b' } };

function request(changes: Partial<WireRequest> = {}): WireRequest {
  return {
    method: 'GET',
    target: '/messages/a%20b',
    rawHeaders: [],
    body: Buffer.alloc(0),
    sourceIp: '127.0.0.1',
    port: 3000,
    requestId: 'request-1',
    time: Date.UTC(2026, 2, 12, 19, 3, 58),
    ...changes,
  };
}

test('a request becomes the event that an HTTP API sends', () => {
  const event = toEvent(
    request({
      target: '/messages/a%20b?labelIds=A%20B&labelIds=C&q=',
      rawHeaders: ['Host', 'localhost:3000', 'User-Agent', 'curl', 'Cookie', 'a=1; b="2"', 'Accept', '*/*'],
    }),
    match,
  );
  expect(event).toEqual({
    version: '2.0',
    routeKey: 'GET /messages/{id}',
    rawPath: '/messages/a b',
    rawQueryString: 'labelIds=A%20B&labelIds=C&q=',
    cookies: ['a=1', 'b="2"'],
    headers: {
      host: 'localhost:3000',
      'user-agent': 'curl',
      accept: '*/*',
      'x-forwarded-for': '127.0.0.1',
      'x-forwarded-port': '3000',
      'x-forwarded-proto': 'http',
    },
    queryStringParameters: { labelIds: 'A B,C', q: '' },
    pathParameters: { id: 'a b' },
    requestContext: {
      accountId: '000000000000',
      apiId: 'local',
      domainName: 'localhost',
      domainPrefix: 'localhost',
      http: {
        method: 'GET',
        path: '/messages/a b',
        protocol: 'HTTP/1.1',
        sourceIp: '127.0.0.1',
        userAgent: 'curl',
      },
      requestId: 'request-1',
      routeKey: 'GET /messages/{id}',
      stage: '$default',
      time: '12/Mar/2026:19:03:58 +0000',
      timeEpoch: Date.UTC(2026, 2, 12, 19, 3, 58),
    },
    isBase64Encoded: false,
  });
});

test('what a request does not have, its event does not have either', () => {
  const event = toEvent(request(), { ...match, pathParameters: undefined });
  expect(event).not.toHaveProperty('cookies');
  expect(event).not.toHaveProperty('queryStringParameters');
  expect(event).not.toHaveProperty('pathParameters');
  expect(event).not.toHaveProperty('body');
  expect(event.rawQueryString).toBe('');
});

test('repeated headers are joined by commas, cookies of all lines are collected, connection headers stay', () => {
  const rawHeaders = ['X-A', '1', 'x-a', '2', 'Cookie', 'a=1', 'cookie', 'b=2;c=3', 'Connection', 'close'];
  const event = toEvent(request({ rawHeaders: [...rawHeaders, 'X-Forwarded-For', '9.9.9.9'] }), match);
  expect(event.headers['x-a']).toBe('1,2');
  expect(event.headers['x-forwarded-for']).toBe('9.9.9.9,127.0.0.1');
  expect(event.headers).not.toHaveProperty('cookie');
  expect(event.headers).not.toHaveProperty('connection');
  expect(event.cookies).toEqual(['a=1', 'b=2', 'c=3']);
});

test.each(['text/plain', 'text/html; charset=utf-8', 'application/json', 'application/xml;x=y'])(
  'a body of %s is sent plain',
  (type) => {
    const event = toEvent(request({ rawHeaders: ['Content-Type', type], body: Buffer.from('bödy') }), match);
    expect(event).toMatchObject({ body: 'bödy', isBase64Encoded: false });
  },
);

test.each(['application/x-www-form-urlencoded', 'application/octet-stream', 'application/jsonish', ''])(
  'a body of %s is sent as base64',
  (type) => {
    const event = toEvent(request({ rawHeaders: ['Content-Type', type], body: Buffer.from('a=b') }), match);
    expect(event).toMatchObject({ body: 'YT1i', isBase64Encoded: true });
  },
);

test('any body comes out of its event byte for byte', () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 1 }), (bytes) => {
      const { body = '', isBase64Encoded } = toEvent(request({ body: Buffer.from(bytes) }), match);
      expect(Buffer.from(body, isBase64Encoded ? 'base64' : 'utf8')).toEqual(Buffer.from(bytes));
    }),
    { numRuns: 1_000 },
  );
});

test('any query comes out of its event, repeats in order', () => {
  const word = fc.string({ unit: 'grapheme', minLength: 1 }).filter((text) => !text.includes(','));
  fc.assert(
    fc.property(fc.array(fc.tuple(word, word), { minLength: 1 }), (pairs) => {
      const query = new URLSearchParams(pairs);
      const event = toEvent(request({ target: `/messages/x?${query}` }), match);
      expect([...new URLSearchParams(event.rawQueryString)]).toEqual([...query]);
      for (const [name] of pairs) {
        expect(event.queryStringParameters?.[name]).toBe(query.getAll(name).join(','));
      }
    }),
    { numRuns: 1_000 },
  );
});
