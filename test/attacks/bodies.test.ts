import { SignatureV4 } from '@smithy/signature-v4';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Sha256 } from '../../infra/local/gateway/sha256.ts';
import { isBackendRoute } from '../../lambdas/http/backend-route.ts';
import { apiEvent } from '../support/api-event.ts';
import { type DescribedRoute, describedRoutes } from '../support/described-routes.ts';
import { splitRoute } from '../support/route-lists.ts';
import { type Site, startSite } from '../support/site.ts';

let site: Site;

beforeAll(async () => {
  site = await startSite({ demoMessages: 3, accessTokens: 'on' });
  await site.connected();
});
afterAll(() => site.close());

/** Posts bytes as they are: signed where the route wants it, and as a page of the site would. */
async function post(route: string, body: string | Buffer, contentType: string | undefined) {
  const { method, path } = splitRoute(route, { accountId: 'nobody' });
  const { host, hostname, port, protocol } = new URL(site.origin);
  const headers = { host, ...(contentType !== undefined && { 'content-type': contentType }) };
  const bytes = Buffer.from(body);
  const { region, credentials } = site.aws;
  const signer = new SignatureV4({ service: 'execute-api', region, credentials, sha256: Sha256 });
  const whole = { method, protocol, hostname, port: Number(port), path, headers };
  const signed = isBackendRoute(route) ? await signer.sign({ ...whole, body: bytes }) : whole;
  const response = await fetch(`${site.origin}${path}`, {
    method,
    headers: { ...signed.headers, 'sec-fetch-site': 'same-origin' },
    body: bytes,
  });
  const text = await response.text();
  const { code, detail } = text.startsWith('{') ? JSON.parse(text) : {};
  return { status: response.status, code, detail, text };
}

const taking = describedRoutes().filter(({ bodyType }) => bodyType !== undefined);
const ofJson = taking.filter(({ bodyType }) => bodyType === 'application/json').map(({ route }) => route);
const standing = async () =>
  Promise.all((['grants', 'logins', 'mailboxes'] as const).map((table) => site.items(table)));

async function expectRefused(
  { route, bodyType }: Pick<DescribedRoute, 'route' | 'bodyType'>,
  body: string | Buffer,
  contentType = bodyType,
) {
  const logged = site.logs.length;
  const { status, code, detail, text } = await post(route, body, contentType);
  expect([status, code], text.slice(0, 200)).toEqual([400, 'invalid_request']);
  expect(String(detail).length).toBeLessThan(20_000);
  expect(JSON.stringify(site.logs.slice(logged))).not.toContain('evil');
}

const deep = (depth: number) => '['.repeat(depth) + ']'.repeat(depth);
const nested = (depth: number) => `${'{"evil":'.repeat(depth)}1${'}'.repeat(depth)}`;

/** Neither JSON of any of our forms, nor harmless to every reader of JSON. */
const malformed: readonly (readonly [words: string, body: string | Buffer])[] = [
  ['nothing', ''],
  ['blanks', ' \r\n\t'],
  ['half a text', '{"owner": "ac'],
  ['half an object', '{"owner": "acme"'],
  ['a comma too many', '{"owner": "acme",}'],
  ['single quotes', "{'owner': 'acme'}"],
  ['a comment', '{"owner": "acme"} // evil'],
  ['two objects', '{"owner": "acme"}{"owner": "acme"}'],
  ['a line end in a text', '{"owner": "ac\nme"}'],
  ['a null byte', '{"owner": "acme"}\u0000'],
  ['a byte order mark', Buffer.concat([Buffer.from([0xef, 0xbb, 0xbf]), Buffer.from('{"owner": "acme"}')])],
  ['UTF-16', Buffer.from('{"owner": "acme"}', 'utf16le')],
  ['null', 'null'],
  ['true', 'true'],
  ['a number beyond doubles', '1e400'],
  ['not a number', 'NaN'],
  ['a text', '"evil"'],
  ['a list', '[{"owner": "acme"}]'],
  ['an empty list', '[]'],
  ['lists in lists, 8,000 deep', deep(8_000)],
  ['lists in lists, 100,000 deep', deep(100_000)],
  ['objects in objects, 1,500 deep', nested(1_500)],
  ['objects in objects, 100,000 deep', nested(100_000)],
  ['an unfinished list, 16,000 deep', '['.repeat(16_000)],
  ['unknown fields', '{"evil": 1}'],
  ['__proto__', '{"__proto__": {"owner": "acme", "handoff": "x", "code": "x"}}'],
  ['constructor', '{"constructor": {"prototype": {"owner": "acme"}}}'],
  ['__proto__ beside what is wanted', '{"owner": "acme", "__proto__": {"evil": 1}}'],
  ['toString beside what is wanted', '{"owner": "acme", "toString": "evil"}'],
  [
    'a thousand fields',
    JSON.stringify(Object.fromEntries(Array.from({ length: 1_000 }, (_, index) => [`evil${index}`, 1]))),
  ],
  ['16,385 bytes', `{"owner": "acme"}${' '.repeat(16_385 - 17)}`],
  ['1 MB', JSON.stringify({ owner: 'e'.repeat(1_000_000) })],
];

describe.each(taking.map((described) => [described.route, described] as const))('%s', (_, described) => {
  let stood: Awaited<ReturnType<typeof standing>>;
  beforeAll(async () => {
    stood = await standing();
  });

  const usual =
    described.bodyType === 'application/json'
      ? malformed
      : malformed.filter(([words]) => /bytes|MB/.test(words));

  it.each(usual)('refuses %s', (_words, body) => expectRefused(described, body));

  it.each([
    ['none', undefined],
    ['text/plain', 'text/plain'],
    ['JSON of another kind', 'application/problem+json'],
    ['JSON that is not JSON alone', 'application/jsonp'],
    ['several parts', 'multipart/form-data; boundary=x'],
    ['bytes', 'application/octet-stream'],
    ['XML', 'application/xml'],
    ['two types', 'text/plain, application/json'],
  ])('refuses a body whose type is %s', async (_words, type) => {
    const { status, code } = await post(described.route, '{"owner": "acme"}', type);
    expect([status, code]).toEqual([400, 'invalid_request']);
  });

  it('changes no table for all that', async () => {
    expect(await standing()).toEqual(stood);
  });

  it('of more than 10 MB reaches no function', async () => {
    const before = site.logs.length;
    const { status } = await post(
      described.route,
      Buffer.alloc(10 * 1024 * 1024 + 1, 32),
      described.bodyType,
    );
    expect(status).toBe(413);
    expect(site.logs.length).toBe(before);
  });
});

describe('a body of 16,384 bytes is read', () => {
  it.each(ofJson)('by %s', async (route) => {
    const { detail } = await post(route, `{"evil": 1}${' '.repeat(16_384 - 11)}`, 'application/json');
    expect(detail).toContain('evil is not known');
  });
});

describe('a body that is well but for one thing', () => {
  const order = 'POST /accounts/connect-links';
  const links = async () => (await site.items('logins')).filter(({ id }) => String(id).startsWith('link#'));

  it.each([
    ['a text that is no Unicode', Buffer.from('{"owner": "M\xfcller"}', 'latin1')],
    ['half of a character', '{"owner": "a\\ud800"}'],
    ['a null character', '{"owner": "a\\u0000b"}'],
    ['a line separator', '{"owner": "a\\u0085b"}'],
    ['nothing to see', '{"owner": "\\u200b\\ufeff"}'],
    ['a number as owner', '{"owner": 1}'],
    ['a list as owner', '{"owner": ["acme"]}'],
    ['257 characters', JSON.stringify({ owner: 'x'.repeat(257) })],
    ['a lifetime beyond doubles', '{"owner": "acme", "expiresInSeconds": 1e400}'],
    ['a lifetime beyond whole numbers', '{"owner": "acme", "expiresInSeconds": 60.5}'],
    ['a lifetime below nothing', '{"owner": "acme", "expiresInSeconds": -0}'],
    ['a lifetime as text', '{"owner": "acme", "expiresInSeconds": "60"}'],
    ['an address of two lines', '{"owner": "acme", "email": "a@b.example\\r\\nbcc:evil@evil.example"}'],
    ['two addresses', '{"owner": "acme", "email": "a@b.example,c@d.example"}'],
    ['an address as account', '{"owner": "acme", "accountId": "a@b.example"}'],
    ['a return elsewhere', '{"owner": "acme", "returnTo": "//evil.example"}'],
  ])('is refused for %s', async (_, body) => {
    await expectRefused({ route: order, bodyType: 'application/json' }, body);
    expect(await links()).toEqual([]);
  });

  it('says the same thing twice: the last one counts, as everywhere in JSON', async () => {
    const { status } = await post(
      order,
      '{"owner": "first", "owner": "acme"}',
      'application/json; charset=utf-8',
    );
    expect(status).toBe(201);
    expect(await links()).toEqual([expect.objectContaining({ owner: 'acme' })]);
    await site.forget('logins');
  });
});

describe('a body that the gateway hands over as base64', () => {
  const proof = JSON.stringify({ handoff: 'x', codeVerifier: 'v'.repeat(43) });
  const base64 = Buffer.from(proof).toString('base64');

  it.each([
    ['is decoded', base64, true, 'invalid_handoff'],
    ['is not, where it is only called so', proof, true, 'invalid_request'],
    ['is not, where it is not called so', base64, false, 'invalid_request'],
  ])('%s', async (_, body, isBase64Encoded, code) => {
    const headers = { 'content-type': 'application/json' };
    const event = { ...apiEvent('POST /auth/session', { headers }), body, isBase64Encoded };
    expect(await site.invoke('auth-session', event)).toMatchObject({
      statusCode: 400,
      body: expect.stringContaining(`"code":"${code}"`),
    });
  });
});

describe('a route that takes no body', () => {
  const bodiless = describedRoutes().filter(
    ({ route, bodyType }) => !route.startsWith('GET ') && bodyType === undefined,
  );

  it.each(bodiless.map(({ route }) => route))('%s minds none', async (route) => {
    const { status: usual } = await post(route, '', undefined);
    const bodies = ['{"owner":', deep(100_000), '{"__proto__": {"x": 1}}', Buffer.alloc(1_000_000, 0xff)];
    for (const body of bodies) expect((await post(route, body, 'application/json')).status).toBe(usual);
  });
});
