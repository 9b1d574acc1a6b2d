import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { toHttpResponse } from '../../../../infra/local/api-gateway.ts';

function read(answer: unknown) {
  const { status, headers, body } = toHttpResponse(answer);
  return { status, headers, body: body.toString() };
}

test('status, headers, cookies and body are passed on', () => {
  const answer = {
    statusCode: 303,
    headers: { Location: '/x', 'Retry-After': 7, 'Content-Type': 'text/html', Connection: 'close' },
    cookies: ['a=1; Path=/', 'b=2'],
    body: 'bödy',
  };
  expect(read(answer)).toEqual({
    status: 303,
    headers: {
      location: '/x',
      'retry-after': '7',
      'content-type': 'text/html',
      'set-cookie': ['a=1; Path=/', 'b=2'],
    },
    body: 'bödy',
  });
});

test('a base64 body is decoded', () => {
  expect(read({ statusCode: 200, body: 'YT1i', isBase64Encoded: true }).body).toBe('a=b');
});

test('a body without a type is plain text; no body has no type', () => {
  expect(read({ statusCode: 200, body: 'x' }).headers).toEqual({
    'content-type': 'text/plain;charset=UTF-8',
  });
  expect(read({ statusCode: 204 })).toEqual({ status: 204, headers: {}, body: '' });
});

test.each([
  [{ messages: [] }, '{"messages":[]}'],
  ['text', 'text'],
  [null, 'null'],
  [undefined, 'null'],
  [[1], '[1]'],
])('an answer without a status, %j, is the JSON body of a 200', (answer, body) => {
  expect(read(answer)).toEqual({ status: 200, headers: { 'content-type': 'application/json' }, body });
});

test.each([
  { statusCode: '200' },
  { statusCode: 99 },
  { statusCode: 200.5 },
  { statusCode: 200, body: { not: 'text' } },
  { statusCode: 200, headers: { a: ['b'] } },
  { statusCode: 200, cookies: 'a=1' },
  { statusCode: 200, headers: { 'bad name': 'x' } },
  { statusCode: 200, headers: { a: 'x\r\nset-cookie: b=1' } },
  { statusCode: 200, cookies: ['a=1\r\nx: y'] },
])('a malformed answer, %j, is a 500', (answer) => {
  expect(read(answer)).toEqual({
    status: 500,
    headers: { 'content-type': 'application/json' },
    body: '{"message":"Internal Server Error"}',
  });
});

test('no answer whatever is more than a response or a 500', () => {
  fc.assert(
    fc.property(
      fc.record(
        { statusCode: fc.anything(), headers: fc.anything(), cookies: fc.anything(), body: fc.anything() },
        { requiredKeys: ['statusCode'] },
      ),
      (answer) => {
        const { status, headers } = toHttpResponse(answer);
        expect(status).toBeGreaterThanOrEqual(200);
        expect(status).toBeLessThan(600);
        for (const value of Object.values(headers).flat()) expect(value).not.toMatch(/[\r\n]/);
      },
    ),
  );
});

test('any body comes out of its answer byte for byte', () => {
  fc.assert(
    fc.property(fc.uint8Array(), (bytes) => {
      const body = Buffer.from(bytes).toString('base64');
      const response = toHttpResponse({ statusCode: 200, body, isBase64Encoded: true });
      expect(response.body).toEqual(Buffer.from(bytes));
    }),
  );
});
