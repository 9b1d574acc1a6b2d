import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { toEvent } from '../../infra/local/gateway/event.ts';
import { matchRoute } from '../../infra/local/gateway/match-route.ts';
import { routes } from '../../infra/routes.ts';
import { isAllowedCaller } from '../../lambdas/http/allowed-origins.ts';
import { createCookieJar } from '../../lambdas/http/cookies.ts';
import { type HttpRequest, readRequest } from '../../lambdas/http/request.ts';
import { apiEvent, backendRole } from '../support/api-event.ts';
import { almost, almostText, bounded, numRuns, resultOrProblem } from './support.ts';

const keys = Object.values(routes).flat();

/** Names of headers, cookies and parameters, with those that every object has. */
const name = fc.oneof(
  fc.constantFrom(
    'accept',
    'origin',
    'content-type',
    'sec-fetch-site',
    '__proto__',
    'constructor',
    'q',
    'owner',
  ),
  fc.string({ unit: 'binary', maxLength: 8 }),
);

const named = fc.array(fc.tuple(name, fc.string({ unit: 'binary' })), { maxLength: 5 });

const event = fc
  .record({
    key: fc.constantFrom(...keys),
    query: fc.oneof(
      fc.string({ unit: 'binary' }),
      named.map((pairs) => String(new URLSearchParams(pairs))),
    ),
    headers: named.map((pairs) => Object.fromEntries(pairs)),
    lines: fc.array(fc.string({ unit: 'binary' }), { maxLength: 3 }),
    body: fc.option(fc.string({ unit: 'binary' }), { nil: undefined }),
    signedBy: fc.option(fc.constant(backendRole), { nil: undefined }),
    isBase64Encoded: fc.boolean(),
  })
  .map(({ key, lines, signedBy, body, isBase64Encoded, ...request }) => ({
    ...apiEvent(key, { ...request, ...(signedBy && { signedBy }) }),
    ...(body !== undefined && { body }),
    cookies: lines,
    isBase64Encoded,
  }));

function expectRequest({ body, query, cookies, headers, signedBy }: HttpRequest) {
  expect([typeof body, query instanceof URLSearchParams, cookies instanceof Map]).toEqual([
    'string',
    true,
    true,
  ]);
  for (const value of [...Object.values(headers), signedBy])
    expect(['string', 'undefined']).toContain(typeof value);
}

describe('an event of API Gateway', () => {
  test('becomes a request, whatever its texts are', () => {
    const property = fc.property(event, (any) => expectRequest(bounded(() => readRequest(any))));
    fc.assert(property, { numRuns });
  });

  test('of another form becomes a request or a problem', () => {
    const property = fc.property(almost(event), (any) => {
      const request = resultOrProblem(() => readRequest(any), 'misconfigured');
      if (request !== undefined) expectRequest(request);
    });
    fc.assert(property, { numRuns });
  });
});

describe('a request at the local API Gateway', () => {
  test('becomes the event of a request, or takes no route', () => {
    const rest = fc.oneof(
      fc.webPath(),
      fc.webQueryParameters().map((query) => `?${query}`),
      almostText(fc.constant('/a%20b?q=1&q=%41')),
    );
    const target = fc.tuple(fc.constantFrom(...keys), fc.webSegment(), rest).map(([key, segment, end]) => {
      const [method = '', path = ''] = key.split(' ');
      return { method, target: path.replace(/\{\w+\}/g, segment) + end };
    });
    let found = 0;
    const property = fc.property(target, named, fc.uint8Array(), (line, headers, bytes) => {
      const [path = ''] = line.target.split('?');
      fc.pre(isDecodable(path));
      const match = bounded(() => matchRoute(line.method, path));
      if (match === undefined) return;
      found += 1;
      const wire = {
        ...line,
        rawHeaders: headers.flat(),
        body: Buffer.from(bytes),
        sourceIp: '::1',
        port: 1,
      };
      expectRequest(bounded(() => readRequest(toEvent({ ...wire, requestId: 'a', time: 0 }, match))));
    });
    fc.assert(property, { numRuns });
    expect(found).toBeGreaterThan(0);
  });
});

/** The front refuses all others. */
function isDecodable(path: string): boolean {
  try {
    return decodeURIComponent(path) !== '';
  } catch {
    return false;
  }
}

describe('of a request', () => {
  test('a cookie is a token of ours or none', () => {
    const right = fc.tuple(
      fc.constantFrom('__Host-session', 'session', 'login'),
      fc.base64String({ minLength: 44 }),
    );
    const line = almostText(right.map(([kind, token]) => `${kind}=${token.slice(0, 43)}; a=b`));
    const jars = [createCookieJar('https://mail.example.com'), createCookieJar('http://localhost:1')];
    let found = 0;
    const property = fc.property(fc.array(line, { maxLength: 3 }), (cookies) => {
      const request = readRequest({ ...apiEvent('GET /'), cookies });
      for (const jar of jars) {
        const token = bounded(() => jar.read(request, 'session'));
        if (token === undefined) continue;
        found += 1;
        expect(token).toMatch(/^[A-Za-z0-9_-]{43}$/);
      }
    });
    fc.assert(property, { numRuns });
    expect(found).toBeGreaterThan(0);
  });

  test('the caller is allowed only under an origin that is listed, letter by letter', () => {
    const allowedReturnOrigins = ['https://app.example.com', 'com.example.app:'];
    const origin = 'https://mail.example.com';
    const caller = almostText(fc.constantFrom(origin, ...allowedReturnOrigins));
    const property = fc.property(caller, (text) => {
      const request = readRequest(apiEvent('GET /', { headers: { origin: text } }));
      const allowed = bounded(() => isAllowedCaller(request, { origin, allowedReturnOrigins }));
      expect(allowed).toBe(text === origin || text === allowedReturnOrigins[0]);
    });
    fc.assert(property, { numRuns });
  });
});
