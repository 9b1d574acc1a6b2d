import { request as httpRequest } from 'node:http';
import { connect } from 'node:net';
import { networkInterfaces } from 'node:os';
import { text } from 'node:stream/consumers';
import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import { expect, onTestFinished, test } from 'vitest';
import { InvocationTimeoutError, type Invoke, startApiGateway } from '../../../infra/local/api-gateway.ts';

const routes = { one: ['GET /messages', 'GET /messages/{id}', 'POST /messages'] };

async function start(invoke?: Invoke, port = 0) {
  const gateway = await startApiGateway({ port, routes });
  onTestFinished(() => gateway.close());
  if (invoke !== undefined) gateway.serve(invoke);
  return gateway;
}

const mirror: Invoke = async (functionName, event) => ({ functionName, event });

async function mirrored(
  response: Response,
): Promise<{ functionName: string; event: APIGatewayProxyEventV2 }> {
  return (await response.json()) as { functionName: string; event: APIGatewayProxyEventV2 };
}

/** Sends bytes as they are, and reads all that comes back. */
async function exchange(origin: string, bytes: string): Promise<string> {
  const socket = connect(Number(new URL(origin).port), '127.0.0.1');
  socket.end(bytes);
  return text(socket);
}

test('a request reaches the function of its route as an event, and the answer comes back', async () => {
  const { origin } = await start(async (functionName, event) => ({
    statusCode: 201,
    headers: { 'content-type': 'application/json' },
    cookies: ['a=1; HttpOnly', 'b=2'],
    body: JSON.stringify({ functionName, event }),
  }));
  const response = await fetch(`${origin}/messages/a%2Fb?q=from%3Ame&q=x`, {
    headers: { cookie: 'session=1; other=2', accept: 'application/json' },
  });
  expect(response.status).toBe(201);
  expect(response.headers.getSetCookie()).toEqual(['a=1; HttpOnly', 'b=2']);
  const { functionName, event } = await mirrored(response);
  expect(functionName).toBe('one');
  expect(event).toMatchObject({
    routeKey: 'GET /messages/{id}',
    rawQueryString: 'q=from%3Ame&q=x',
    pathParameters: { id: 'a/b' },
    cookies: ['session=1', 'other=2'],
    headers: { accept: 'application/json', host: new URL(origin).host },
  });
  expect(response.headers.get('apigw-requestid')).toBe(event.requestContext.requestId);
});

test.each([
  ['HEAD', '/messages'],
  ['OPTIONS', '/messages'],
  ['GET', '/messages/'],
  ['GET', '/nothing'],
])('%s %s, which no route has, is a 404', async (method, path) => {
  const { origin } = await start(mirror);
  const response = await fetch(`${origin}${path}`, { method });
  expect(response.status).toBe(404);
  expect(await response.text()).toBe(method === 'HEAD' ? '' : '{"message":"Not Found"}');
});

test('before it is ready every request gets 503', async () => {
  const gateway = await start();
  const before = await fetch(`${gateway.origin}/messages`);
  expect([before.status, await before.text()]).toEqual([503, '{"message":"Service Unavailable"}']);
  gateway.serve(mirror);
  expect((await fetch(`${gateway.origin}/messages`)).status).toBe(200);
});

test('a function’s error is a 500 that says nothing, a time-out a 503', async () => {
  const errors = [new Error('secret'), new InvocationTimeoutError('late')];
  const { origin } = await start(async () => {
    throw errors.shift();
  });
  const failed = await fetch(`${origin}/messages`);
  expect([failed.status, await failed.text()]).toEqual([500, '{"message":"Internal Server Error"}']);
  const late = await fetch(`${origin}/messages`);
  expect([late.status, await late.text()]).toEqual([503, '{"message":"Service Unavailable"}']);
});

test('request line and headers may have 10,240 bytes together, and not one more', async () => {
  const { origin } = await start(mirror);
  const ask = (bytes: number) => {
    const head = `GET /messages HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\nx-fill: `;
    return exchange(origin, `${head}${'x'.repeat(bytes - head.length - 2)}\r\n\r\n`);
  };
  expect(await ask(10_240)).toMatch(/^HTTP\/1\.1 200 /);
  const refused = await ask(10_241);
  expect(refused).toMatch(/^HTTP\/1\.1 431 /);
  expect(refused).toMatch(/\r\n\r\n\{"message":"Request Header Fields Too Large"\}$/);
  expect(await ask(100_000)).toMatch(/^HTTP\/1\.1 431 /);
});

test('a long query counts as well', async () => {
  const { origin } = await start(mirror);
  const response = await fetch(`${origin}/messages?q=${'x'.repeat(10_240)}`);
  expect(response.status).toBe(431);
});

test('a body over 10 MB is refused, whatever its declared length', async () => {
  const { origin } = await start(mirror);
  const response = await new Promise<string>((resolve, reject) => {
    const sent = httpRequest(`${origin}/messages`, { method: 'POST' }, (answer) => {
      resolve(`${answer.statusCode}`);
      answer.resume();
      sent.destroy();
    }).on('error', reject);
    for (let megabyte = 0; megabyte < 11; megabyte += 1) sent.write(Buffer.alloc(1024 * 1024));
  });
  expect(response).toBe('413');
  const largest = await fetch(`${origin}/messages`, {
    method: 'POST',
    body: 'x'.repeat(10 * 1024 * 1024),
    headers: { 'content-type': 'text/plain' },
  });
  expect(largest.status).toBe(200);
});

test('a path that is no percent code, and bytes that are no HTTP, are a 400', async () => {
  const { origin } = await start(mirror);
  expect((await fetch(`${origin}/messages/%zz`)).status).toBe(400);
  expect(await exchange(origin, 'nonsense\r\n\r\n')).toMatch(/^HTTP\/1\.1 400 /);
});

test('both addresses of localhost are served', async () => {
  const { origin } = await start(mirror);
  const { port } = new URL(origin);
  expect((await fetch(`http://127.0.0.1:${port}/messages`)).status).toBe(200);
  const hasIpv6 = Object.values(networkInterfaces()).some((all) =>
    all?.some(({ address }) => address === '::1'),
  );
  if (hasIpv6) expect((await fetch(`http://[::1]:${port}/messages`)).status).toBe(200);
});

test('a taken port is named with its remedy', async () => {
  const { origin } = await start(mirror);
  const port = Number(new URL(origin).port);
  await expect(startApiGateway({ port })).rejects.toThrow(
    `port ${port} is taken; choose another with PORT=…`,
  );
});

test('a request under way is answered before it closes', async () => {
  const begun = Promise.withResolvers<void>();
  const gateway = await start(async () => {
    begun.resolve();
    await new Promise((resolve) => setTimeout(resolve, 200));
    return 'done';
  });
  const response = fetch(`${gateway.origin}/messages`);
  await begun.promise;
  await gateway.close();
  expect(await (await response).text()).toBe('done');
  await expect(fetch(`${gateway.origin}/messages`)).rejects.toThrow();
});
