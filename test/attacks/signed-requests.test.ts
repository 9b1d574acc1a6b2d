import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { functionNames, routes } from '../../infra/routes.ts';
import { apiEvent, backendRole, type TestRequest } from '../support/api-event.ts';
import type { Header } from '../support/origin-headers.ts';
import { backendRoutes, splitRoute } from '../support/route-lists.ts';
import { type Site, startSite } from '../support/site.ts';
import { sendWire, signerOf, type WireRequest } from '../support/wire.ts';

let site: Site;
let signer: ReturnType<typeof signerOf>;
let accountId: string;

beforeAll(async () => {
  site = await startSite({ demoMessages: 2, accessTokens: 'on' });
  signer = signerOf(site);
  await site.connected();
  accountId = String((await site.items('grants'))[0]?.['accountId']);
});
afterAll(() => site.close());

const everything = async () => [
  await site.items('grants'),
  await site.items('logins'),
  await site.items('mailboxes'),
  await site.items('changes'),
];

const token = 'a'.repeat(43);
const bodies: Readonly<Record<string, object>> = {
  'POST /accounts/connect-links': { owner: 'acme' },
  'POST /accounts/code': { code: token, state: token, codeVerifier: token },
};

function asked(route: string) {
  const { method, path } = splitRoute(route, { accountId, id: '1' });
  const body = bodies[route];
  return { method, path, ...(body !== undefined && { body }) };
}

/** Sends each to API Gateway’s stand-in, and demands that no function ran and no row was touched. */
async function areRefused(requests: readonly WireRequest[]): Promise<void> {
  const before = await everything();
  const lines = site.logs.length;
  for (const request of requests) {
    const { status, text } = await sendWire(site, request);
    expect([request.method, request.target, status, text]).toEqual([
      ...[request.method, request.target, 403, '{"message":"Forbidden"}'],
    ]);
  }
  expect(site.logs.slice(lines).filter(({ functionName }) => functionName !== 'api-gateway')).toEqual([]);
  expect(await everything()).toEqual(before);
}

/** Every route of backends, signed. */
const signAll = (...how: readonly [other?: Parameters<typeof signer.sign>[1], at?: Date]) =>
  Promise.all(backendRoutes.map((route) => signer.sign(asked(route), ...how)));

type Signed = Awaited<ReturnType<ReturnType<typeof signerOf>['sign']>>;

const withHeader = (signed: Signed, name: string, change: (value: string) => string): WireRequest => ({
  ...signed,
  headers: signed.headers.map(([each, value]): Header => [each, each === name ? change(value) : value]),
});
const without = (signed: Signed, name: string): WireRequest => ({
  ...signed,
  headers: signed.headers.filter(([each]) => each !== name),
});
const and = (signed: Signed, ...headers: readonly Header[]): WireRequest => ({
  ...signed,
  headers: [...signed.headers, ...headers],
});

describe('on every route of backends a signature is refused', () => {
  const signatureOf = ({ headers }: Signed) => headers.find(([name]) => name === 'authorization') ?? ['', ''];

  it.each<[string, (signed: Signed) => WireRequest]>([
    ['that is missing', (signed) => without(signed, 'authorization')],
    ['with one parameter more', (signed) => ({ ...signed, target: `${signed.target}?owner=acme` })],
    ['with another body', (signed) => ({ ...signed, body: `${signed.body ?? ''} ` })],
    ['with another host', (signed) => withHeader(signed, 'host', () => 'evil.example')],
    [
      'with another time',
      (signed) =>
        withHeader(signed, 'x-amz-date', (time) =>
          time.replace(/..Z$/, (seconds) => (seconds === '59Z' ? '58Z' : '59Z')),
        ),
    ],
    ['without its time', (signed) => without(signed, 'x-amz-date')],
    [
      'with another hash of the body',
      (signed) => withHeader(signed, 'x-amz-content-sha256', () => 'UNSIGNED-PAYLOAD'),
    ],
    ['with a header of AWS’s that is not covered', (signed) => and(signed, ['x-amz-team', 'more'])],
    [
      'that leaves out the host',
      (signed) => withHeader(signed, 'authorization', (line) => line.replace('host;', '')),
    ],
    [
      'of another key',
      (signed) =>
        withHeader(signed, 'authorization', (line) => line.replace(/Credential=[^/]+/, 'Credential=AKIA')),
    ],
    [
      'in other letters',
      (signed) =>
        withHeader(signed, 'authorization', (line) => line.replace(/\w+$/, (hex) => hex.toUpperCase())),
    ],
    ['that stands there twice', (signed) => and(signed, signatureOf(signed))],
    ['beside a session', (signed) => and(signed, ['authorization', `Bearer ${token}`])],
    ['behind another scheme', (signed) => withHeader(signed, 'authorization', (line) => `Bearer x, ${line}`)],
  ])('%s', async (_, change) => {
    await areRefused((await signAll()).map(change));
  });

  it('made for any other route or account', async () => {
    const all = backendRoutes.map(asked);
    const others = [
      ...all,
      { method: 'DELETE', path: '/accounts/1' },
      { method: 'GET', path: '/accounts/1' },
    ];
    for (const signed of await signAll()) {
      const elsewhere = others.filter(
        ({ method, path }) => path !== signed.target || method !== signed.method,
      );
      await areRefused(elsewhere.map(({ method, path }) => ({ ...signed, method, target: path })));
    }
  });

  it('made for another region, service or secret', async () => {
    const { credentials } = site.aws;
    const others = [
      { region: 'eu-west-1' },
      { service: 'dynamodb' },
      { credentials: { ...credentials, secretAccessKey: 'guess' } },
      { credentials: { ...credentials, sessionToken: 'made-up' } },
    ];
    for (const other of others) await areRefused(await signAll(other));
  });

  it.each([-16, -6, 6, 16])('made %d minutes from now', async (minutes) => {
    await areRefused(await signAll({}, new Date(Date.now() + minutes * 60_000)));
  });

  it('in the address, which would be a link that anybody can open', async () => {
    await areRefused(await Promise.all(backendRoutes.map((route) => signer.presign(asked(route)))));
  });
});

describe('a signed request that comes again', () => {
  const links = async () => (await site.items('logins')).filter(({ id }) => String(id).startsWith('link#'));

  it('within its five minutes is a second request, as at AWS: whoever can copy one can have it done twice', async () => {
    const before = await links();
    const signed = await signer.sign({
      method: 'POST',
      path: '/accounts/connect-links',
      body: { owner: 'acme' },
    });
    const answers = [await sendWire(site, signed), await sendWire(site, signed)];
    expect(answers.map(({ status }) => status)).toEqual([201, 201]);
    expect(new Set(answers.map(({ text }) => text)).size).toBe(2);
    expect(await links()).toHaveLength(before.length + 2);
  });

  it('after them is none', async () => {
    const body = { owner: 'acme' };
    const made = new Date(Date.now() - 301_000);
    await areRefused([
      await signer.sign({ method: 'POST', path: '/accounts/connect-links', body }, {}, made),
    ]);
  });
});

describe('a function believes API Gateway alone', () => {
  const functionOf = (route: string) => {
    const found = functionNames.find((name) => routes[name].some((each) => each === route));
    if (found === undefined) throw new Error(`${route} leads nowhere.`);
    return found;
  };
  const invoke = (route: string, request: TestRequest) => {
    const body = bodies[route];
    const json = body && { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } };
    const event = apiEvent(route, { pathParameters: { accountId, id: '1' }, ...json, ...request });
    return site.invoke(functionOf(route), event);
  };

  it.each(backendRoutes)(
    '%s: with nobody who signed, or in a header only, it does nothing',
    async (route) => {
      const before = await everything();
      for (const headers of [{}, { 'x-amzn-iam-user-arn': backendRole, 'x-user-arn': backendRole }]) {
        expect(
          await invoke(route, { headers: { 'content-type': 'application/json', ...headers } }),
        ).toMatchObject({
          statusCode: 503,
        });
      }
      expect(await everything()).toEqual(before);
    },
  );

  it.each(backendRoutes)(
    '%s: should AWS take a signature in the address, the parameters are not',
    async (route) => {
      const before = await everything();
      const query = 'X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Signature=0&X-Amz-Expires=604800';
      expect(await invoke(route, { query, signedBy: backendRole })).toMatchObject({ statusCode: 400 });
      expect(await everything()).toEqual(before);
    },
  );
});
