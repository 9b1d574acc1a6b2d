import { expect, test } from 'vitest';
import { connect, gmail, google, type Json, list, type Tokens } from '../support.ts';

interface PartAnswer {
  readonly contentId: string;
  readonly status: number;
  readonly body: Json;
}

async function send(origin: string, tokens: Tokens, calls: readonly string[]) {
  const parts = calls.map(
    (call, index) =>
      `--outer\r\nContent-Type: application/http\r\nContent-ID: <item-${index}>\r\n\r\n${call}\r\n\r\n`,
  );
  return fetch(`${origin}/batch/gmail/v1`, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${tokens.accessToken}`,
      'content-type': 'multipart/mixed; boundary=outer',
    },
    body: `${parts.join('')}--outer--`,
  });
}

async function read(response: Response): Promise<PartAnswer[]> {
  const [, boundary] = /boundary=(.*)$/.exec(response.headers.get('content-type') ?? '') ?? [];
  const pieces = (await response.text()).split(`--${boundary}`).slice(1, -1);
  return pieces.map((piece) => {
    const [head = '', inner = '', ...body] = piece.split('\r\n\r\n');
    const [, contentId = ''] = /Content-ID: (.*)/.exec(head) ?? [];
    const [, status = ''] = /HTTP\/1\.1 (\d+)/.exec(inner) ?? [];
    return { contentId, status: Number(status), body: JSON.parse(body.join('')) };
  });
}

const get = (path: string) => `GET /gmail/v1/users/me/${path}`;

test('each part has its own answer, status and Content-ID', async () => {
  const { origin } = await google();
  const tokens = await connect(origin);
  const { body } = await gmail(origin, tokens, 'messages?maxResults=1');
  const id = String(list(body['messages'])[0]?.['id']);
  const response = await send(origin, tokens, [
    get(`messages/${id}?format=minimal`),
    `${get('messages/0123456789abcdef')} HTTP/1.1\r\nAccept: application/json`,
    `${get('profile')}\r\nAuthorization: Bearer nonsense`,
  ]);
  expect(response.status).toBe(200);
  expect(await read(response)).toMatchObject([
    { contentId: '<response-item-0>', status: 200, body: { id } },
    { contentId: '<response-item-1>', status: 404, body: { error: { code: 404 } } },
    { contentId: '<response-item-2>', status: 401, body: { error: { code: 401 } } },
  ]);
});

test('parts that run at once are each a call under way, and keep their order', async () => {
  const { origin } = await google({ quota: { concurrentPerUser: 4, partsAtOnce: 6, latencyMs: 20 } });
  const tokens = await connect(origin);
  const answers = await read(await send(origin, tokens, Array(10).fill(get('profile'))));
  expect(answers.map(({ contentId }) => contentId)).toEqual(
    Array.from({ length: 10 }, (_, index) => `<response-item-${index}>`),
  );
  const refused = answers.filter(({ status }) => status === 429);
  expect(refused.length).toBeGreaterThanOrEqual(2);
  expect(answers.length - refused.length).toBeGreaterThanOrEqual(4);
  expect((await gmail(origin, tokens, 'profile')).status).toBe(200);
});

test('parts that run one after the other take the time of one call, and its place', async () => {
  const { origin } = await google({ quota: { concurrentPerUser: 1, latencyMs: 100 } });
  const tokens = await connect(origin);
  const before = performance.now();
  const answers = await read(await send(origin, tokens, Array(10).fill(get('profile'))));
  expect(answers.map(({ status }) => status)).toEqual(Array(10).fill(200));
  const milliseconds = performance.now() - before;
  expect(milliseconds).toBeGreaterThan(95);
  expect(milliseconds).toBeLessThan(900);
});

test('100 calls are served and 101 refused', async () => {
  const { origin } = await google();
  const tokens = await connect(origin);
  const calls = (count: number) => Array.from({ length: count }, () => get('profile'));
  const full = await send(origin, tokens, calls(100));
  expect(await read(full)).toHaveLength(100);
  expect((await send(origin, tokens, calls(101))).status).toBe(400);
});

test('what is no batch is refused', async () => {
  const { origin } = await google();
  const body = 'nothing';
  const none = await fetch(`${origin}/batch/gmail/v1`, { method: 'POST', body });
  expect(none.status).toBe(400);
  const headers = { 'content-type': 'multipart/mixed; boundary=outer' };
  const empty = await fetch(`${origin}/batch/gmail/v1`, { method: 'POST', body, headers });
  expect(empty.status).toBe(400);
});
