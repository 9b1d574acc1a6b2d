import { describe, expect, test } from 'vitest';
import { Problem } from '../../../lambdas/errors.ts';
import { createHandler, type Route } from '../../../lambdas/http/handler.ts';
import { json, seeOther } from '../../../lambdas/http/response.ts';
import {
  ask,
  backendRole,
  browserHeaders,
  jsonOf,
  requestId,
  type TestRequest,
} from '../../support/api-event.ts';
import { testClock, testStart } from '../../support/doubles/clock.ts';
import { recordingLog } from '../../support/doubles/recording-log.ts';

const origin = 'https://mail.example.com';

function build(route: Route) {
  const log = recordingLog();
  const clock = testClock();
  return { log, clock, handler: createHandler(route, { origin, log, clock }) };
}

test('every answer carries its request ID, and leaves one line in the log', async () => {
  const { handler, log, clock } = build(async () => {
    clock.pass(12);
    return json<object>(200, { ok: true });
  });
  const answer = await ask(handler, 'GET /mailbox', { query: 'q=canary', cookies: { a: 'canary' } });
  expect(answer.headers['x-request-id']).toBe(requestId);
  expect(jsonOf(answer)).toEqual({ ok: true });
  expect(log.lines).toEqual([
    {
      level: 'info',
      event: 'request',
      requestId,
      route: 'GET /mailbox',
      status: 200,
      durationMs: 12,
      code: undefined,
    },
  ]);
});

test('cookies of an answer stay cookies', async () => {
  const { handler } = build(async () => seeOther('/', ['a=1', 'b=2']));
  expect(await ask(handler, 'GET /auth/callback')).toMatchObject({ status: 303, cookies: ['a=1', 'b=2'] });
});

test('a route is told when its function ends', async () => {
  const { handler } = build(async (_, run) => json<object>(200, { endsAt: run.endsAt }));
  expect(jsonOf(await ask(handler, 'GET /messages', { remaining: 5_000 }))).toEqual({
    endsAt: testStart + 5_000,
  });
});

test.each(['x', 'é', '"', '\\', '\n', '\u0001', '\ud800'])(
  'an answer full of %j is sent up to 5.5 MB, as Lambda counts it, and is message_too_large beyond',
  async (character) => {
    const sized = (count: number) => build(async () => json<string>(200, character.repeat(count))).handler;
    const bytesEach = Buffer.byteLength(JSON.stringify(JSON.stringify(character))) - 6;
    const most = Math.floor((5_500_000 - 4) / bytesEach);
    expect((await ask(sized(most), 'GET /mailbox')).status).toBe(200);
    const answer = await ask(sized(most + 1), 'GET /mailbox');
    expect(jsonOf(answer)).toMatchObject({ status: 413, code: 'message_too_large' });
  },
);

describe('a request that is not UTF-8 is refused, and names where', () => {
  const form = { 'content-type': 'application/x-www-form-urlencoded' };
  test.each<[string, TestRequest, string]>([
    ['a value', { query: 'a=1&q=%E0%A4' }, 'Query parameters: q is not UTF-8.'],
    ['half a character', { query: 'q=%ED%A0%80' }, 'Query parameters: q is not UTF-8.'],
    ['a name', { query: '%FF=1' }, 'Query parameters: a name is not UTF-8.'],
    ['a path', { pathParameters: { id: 'a\ufffd' } }, 'Path: id is not UTF-8.'],
    ['a form', { headers: form, body: 'link=%C3' }, 'Body: link is not UTF-8.'],
    ['bytes', { headers: form, body: Buffer.from([0x61, 0x3d, 0xff]) }, 'Body: it is not UTF-8.'],
  ])('%s', async (_, request, detail) => {
    const { handler } = build(async () => json<object>(200, {}));
    const answer = await ask(handler, 'POST /messages/{id}', request);
    expect(jsonOf(answer)).toMatchObject({ status: 400, code: 'invalid_request', detail });
  });

  test.each(['q=100%', 'q=%zz', 'q=%EF%BF%BD', 'q=a+%C3%A4'])('but %s is', async (query) => {
    const { handler } = build(async () => json<object>(200, {}));
    expect((await ask(handler, 'GET /messages', { query })).status).toBe(200);
  });
});

describe('who signed a request', () => {
  const byBackend = { signedBy: backendRole, pathParameters: { accountId: '107' } };

  test('stands in the log of a backend’s route, with the account that it was about', async () => {
    const { handler, log } = build(async () => json<object>(200, {}));
    await ask(handler, 'GET /accounts/{accountId}/messages', byBackend);
    expect(log.lines).toMatchObject([{ event: 'request', signedBy: backendRole, accountId: '107' }]);
  });

  test('stands there without the account where there was no answer: what a caller names may be anything', async () => {
    const { handler, log } = build(() => Promise.reject(new Problem('not_found')));
    const named = { signedBy: backendRole, pathParameters: { accountId: 'canary@example.com' } };
    await ask(handler, 'GET /accounts/{accountId}/messages', named);
    expect(log.lines).toMatchObject([{ code: 'not_found', signedBy: backendRole }]);
    expect(JSON.stringify(log.lines)).not.toContain('canary');
  });

  test('means nothing on any other route', async () => {
    const { handler, log } = build(async () => json<object>(200, {}));
    await ask(handler, 'GET /messages', byBackend);
    expect(JSON.stringify(log.lines)).not.toContain(backendRole);
  });
});

describe('an error nobody foresaw', () => {
  const unforeseen = Object.assign(new TypeError('ya29.canary in the message'), { code: 'ERR_X' });

  test.each([
    ['a program', {}],
    ['a browser', browserHeaders],
  ])('is answered to %s with 500 and without its message', async (_, headers) => {
    const { handler } = build(() => Promise.reject(unforeseen));
    const answer = await ask(handler, 'GET /mailbox', { headers });
    expect(answer.status).toBe(500);
    expect(answer.headers['x-request-id']).toBe(requestId);
    expect(answer.text).toContain(requestId);
    expect(JSON.stringify(answer)).not.toContain('canary');
  });

  test('is logged as an error with its kind and place, and without its message', async () => {
    const { handler, log } = build(() => Promise.reject(unforeseen));
    await ask(handler, 'GET /mailbox');
    expect(log.lines).toEqual([
      expect.objectContaining({
        level: 'error',
        status: 500,
        code: 'internal_error',
        errorName: 'TypeError',
        errorCode: 'ERR_X',
        stack: expect.stringContaining('handler.test.ts'),
      }),
    ]);
    expect(JSON.stringify(log.lines)).not.toContain('canary');
  });

  test('may be thrown before the route’s first wait, and need not be an error', async () => {
    const { handler } = build(() => {
      throw 'canary';
    });
    const answer = await ask(handler, 'GET /mailbox');
    expect(answer.status).toBe(500);
    expect(answer.text).not.toContain('canary');
  });
});

test.each([
  ['misconfigured', 'error'],
  ['grant_unreadable', 'error'],
  ['internal_error', 'error'],
  ['login_required', 'info'],
  ['google_unavailable', 'info'],
] as const)('%s is a line of level %s, with the name of what was behind it', async (code, level) => {
  const { handler, log } = build(() =>
    Promise.reject(new Problem(code, { cause: new RangeError('canary') })),
  );
  await ask(handler, 'GET /mailbox');
  expect(log.lines).toEqual([expect.objectContaining({ level, code, errorName: 'RangeError' })]);
  expect(JSON.stringify(log.lines)).not.toContain('canary');
});

describe('a speculative request', () => {
  const ofRoute = async (routeKey: string, headers: Readonly<Record<string, string>>) => {
    let runs = 0;
    const { handler } = build(async () => {
      runs++;
      return json<object>(200, {});
    });
    return { answer: await ask(handler, routeKey, { headers }), runs };
  };
  test.each([
    { 'sec-purpose': 'prefetch' },
    { 'sec-purpose': 'prefetch;prerender' },
    { purpose: 'prefetch' },
    { 'x-purpose': 'preview' },
    { 'x-moz': 'prefetch' },
  ])('%j runs no route', async (headers) => {
    const { answer, runs } = await ofRoute('GET /mailbox', headers);
    expect([answer.status, answer.headers['cache-control'], runs]).toEqual([403, 'no-store', 0]);
  });

  test.each([{}, { 'sec-purpose': '' }, { 'sec-fetch-mode': 'navigate' }])(
    'is none with %j',
    async (headers) => {
      expect((await ofRoute('GET /auth/callback', headers)).runs).toBe(1);
    },
  );
});
