import { describe, expect, onTestFinished, test } from 'vitest';
import { corsOf } from '../../../../infra/cors.ts';
import { InvocationTimeoutError, type Invoke, startApiGateway } from '../../../../infra/local/api-gateway.ts';

const app = 'https://app.example.com';
const routes = { one: ['GET /messages', 'GET /accounts', 'GET /auth/url'] };

async function start(
  invoke: Invoke = async () => ({ statusCode: 200, body: 'ok' }),
  allowedReturnOrigins = [app, 'http://localhost:5173', 'com.example.app:'],
) {
  const gateway = await startApiGateway({ port: 0, routes, cors: corsOf(allowedReturnOrigins) });
  onTestFinished(() => gateway.close());
  gateway.serve(invoke);
  const ask = (path: string, headers: Record<string, string> = {}, method = 'GET') =>
    fetch(`${gateway.origin}${path}`, { method, headers });
  const preflight = (path: string, origin: string, requested = 'GET') =>
    ask(path, { origin, 'access-control-request-method': requested }, 'OPTIONS');
  return { ask, preflight };
}

const corsHeaders = ({ headers }: Response) =>
  Object.fromEntries([...headers].filter(([name]) => name.startsWith('access-control-')));

describe('what is allowed', () => {
  test('is named once for the cloud and this machine: no credentials among it', () => {
    expect(corsOf([app, 'com.example.app:'])).toEqual({
      origins: [app],
      methods: ['GET', 'POST', 'DELETE'],
      requestHeaders: ['authorization', 'content-type'],
      exposedHeaders: ['x-request-id', 'retry-after'],
      maxAge: 600,
    });
  });

  test.each([[[]], [['com.example.app:']]])('is nothing where no page may call: %j', (origins) => {
    expect(corsOf(origins)).toBeUndefined();
  });
});

describe('a preflight', () => {
  test('is answered by the API itself, for an origin that may call', async () => {
    const { preflight } = await start(() => Promise.reject(new Error('no function is asked')));
    const response = await preflight('/messages', app, 'DELETE');
    expect([response.status, await response.text()]).toEqual([204, '']);
    expect(corsHeaders(response)).toEqual({
      'access-control-allow-origin': app,
      'access-control-allow-methods': 'GET,POST,DELETE',
      'access-control-allow-headers': 'authorization,content-type',
      'access-control-max-age': '600',
    });
  });

  test('is answered on every path, also on one that is guarded or that no route has', async () => {
    const { preflight } = await start();
    for (const path of ['/accounts', '/nowhere', '/']) {
      const response = await preflight(path, 'http://localhost:5173');
      expect(response.status).toBe(204);
      expect(corsHeaders(response)).toMatchObject({ 'access-control-allow-origin': 'http://localhost:5173' });
    }
  });

  test.each([
    'https://evil.example',
    'https://app.example.com.evil.example',
    'http://app.example.com',
    'null',
    'com.example.app:',
  ])('of %s is told nothing, so that its browser sends no more', async (origin) => {
    const { preflight } = await start();
    const response = await preflight('/messages', origin);
    expect(response.status).toBe(204);
    expect(corsHeaders(response)).toEqual({});
  });

  test('is none without the method that it asks for: OPTIONS has no route', async () => {
    const { ask } = await start();
    expect((await ask('/messages', { origin: app }, 'OPTIONS')).status).toBe(404);
  });
});

describe('an answer', () => {
  test('may be read by a page of an origin that may call, its request ID and waiting time too', async () => {
    const { ask } = await start();
    const response = await ask('/messages', { origin: app });
    expect([response.status, await response.text()]).toEqual([200, 'ok']);
    expect(corsHeaders(response)).toEqual({
      'access-control-allow-origin': app,
      'access-control-expose-headers': 'x-request-id,retry-after',
    });
  });

  test.each(['https://evil.example', 'https://app.example.com:444', 'null'])(
    'may not be read by a page of %s, nor by one that is not named',
    async (origin) => {
      const { ask } = await start();
      expect(corsHeaders(await ask('/messages', { origin }))).toEqual({});
      expect(corsHeaders(await ask('/messages'))).toEqual({});
    },
  );

  test('has no CORS headers of the function’s own: only the API’s count', async () => {
    const { ask } = await start(async () => ({
      statusCode: 200,
      headers: {
        'Access-Control-Allow-Origin': '*',
        'access-control-allow-credentials': 'true',
        'x-request-id': '1',
      },
    }));
    const response = await ask('/messages', { origin: app });
    expect(corsHeaders(response)).toEqual({
      'access-control-allow-origin': app,
      'access-control-expose-headers': 'x-request-id,retry-after',
    });
    expect(response.headers.get('x-request-id')).toBe('1');
    expect(corsHeaders(await ask('/messages', { origin: 'https://evil.example' }))).toEqual({});
  });

  test('has them whatever the function’s status, but not when the API speaks for itself', async () => {
    const answers = [
      async () => ({ statusCode: 401, body: 'problem' }),
      () => Promise.reject(new Error('broken')),
      () => Promise.reject(new InvocationTimeoutError('late')),
    ];
    const { ask } = await start(() => answers.shift()?.() ?? Promise.resolve());
    const problem = await ask('/messages', { origin: app });
    expect([problem.status, problem.headers.get('access-control-allow-origin')]).toEqual([401, app]);
    const own = [
      await ask('/messages', { origin: app }),
      await ask('/messages', { origin: app }),
      await ask('/accounts', { origin: app }),
      await ask('/nowhere', { origin: app }),
    ];
    expect(own.map(({ status }) => status)).toEqual([500, 503, 403, 404]);
    for (const response of own) expect(corsHeaders(response)).toEqual({});
  });
});

describe('where no page of another origin may call', () => {
  test('there is no CORS at all', async () => {
    const { ask, preflight } = await start(undefined, ['com.example.app:']);
    expect((await preflight('/messages', app)).status).toBe(404);
    expect(corsHeaders(await ask('/messages', { origin: app }))).toEqual({});
  });

  test('a function’s own headers pass', async () => {
    const headers = { 'access-control-allow-origin': app };
    const { ask } = await start(async () => ({ statusCode: 200, headers }), []);
    expect(corsHeaders(await ask('/messages', { origin: app }))).toEqual(headers);
  });
});
