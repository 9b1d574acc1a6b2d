import { expect, test } from 'vitest';
import { readRequest, wantsPage } from '../../../lambdas/http/request.ts';
import { apiEvent, backendRole, browserHeaders, requestId } from '../../support/api-event.ts';

test('an event is read as the request that it stands for', () => {
  const request = readRequest(
    apiEvent('GET /messages/{id}', {
      query: 'format=raw',
      headers: { origin: 'https://mail.example.com' },
      pathParameters: { id: '18c' },
    }),
  );
  expect(request).toMatchObject({
    routeKey: 'GET /messages/{id}',
    requestId,
    method: 'GET',
    path: '/messages/18c',
    pathParameters: { id: '18c' },
    headers: { origin: 'https://mail.example.com' },
  });
  expect([...request.query]).toEqual([['format', 'raw']]);
});

test('repeated parameters stay apart, and a comma in a value stays a comma', () => {
  const event = apiEvent('GET /messages', { query: 'labelIds=A&labelIds=B%2CC&q=a+b%20%26&empty' });
  event.queryStringParameters = { labelIds: 'A,B,C', q: 'a b &' };
  const { query } = readRequest(event);
  expect(query.getAll('labelIds')).toEqual(['A', 'B,C']);
  expect(query.get('q')).toBe('a b &');
  expect(query.get('empty')).toBe('');
});

test('cookies are read one by one, several in one line too; the first of a name wins', () => {
  const event = { ...apiEvent('GET /'), cookies: ['a=1', 'b=2; c=x=y', 'a=3', 'nonsense', ' d = 4 '] };
  expect([...readRequest(event).cookies]).toEqual([
    ['a', '1'],
    ['b', '2'],
    ['c', 'x=y'],
    ['d', '4'],
  ]);
});

test('a request without query, cookies or path parameters has none', () => {
  const request = readRequest(apiEvent('GET /'));
  expect([...request.query]).toEqual([]);
  expect([...request.cookies]).toEqual([]);
  expect(request.pathParameters).toEqual({});
});

test.each([
  ['a browser', browserHeaders, true],
  ['a program that takes anything', { accept: '*/*' }, false],
  ['a program that wants JSON', { accept: 'application/json' }, false],
  ['a program that says nothing', {}, false],
])('%s wants a page: %s', (_, headers, expected) => {
  expect(wantsPage(readRequest(apiEvent('GET /', { headers })))).toBe(expected);
});

test('a backend wants no page, whatever it accepts', () => {
  const signed = { signedBy: backendRole, headers: browserHeaders };
  expect(wantsPage(readRequest(apiEvent('GET /accounts', signed)))).toBe(false);
});

test('who signed a request only the authorizer says', () => {
  expect(readRequest(apiEvent('GET /accounts', { signedBy: backendRole })).signedBy).toBe(backendRole);
  const claimed = { headers: { authorization: 'AWS4-HMAC-SHA256 Credential=…', 'x-user-arn': backendRole } };
  expect(readRequest(apiEvent('GET /accounts', claimed)).signedBy).toBeUndefined();
});

test('a body is read as text, base64 or not', () => {
  const event = apiEvent('POST /auth/session', { body: '{"a":"ü"}' });
  expect(readRequest(event).body).toBe('{"a":"ü"}');
  const encoded = { ...event, body: Buffer.from('{"a":"ü"}').toString('base64'), isBase64Encoded: true };
  expect(readRequest(encoded).body).toBe('{"a":"ü"}');
  expect(readRequest(apiEvent('POST /auth/session')).body).toBe('');
});
