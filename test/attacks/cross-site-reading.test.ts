import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { invite } from '../support/callers.ts';
import { fetchSite, type Header, originHeaders } from '../support/origin-headers.ts';
import { changingRoutes, readingRoutes, splitRoute } from '../support/route-lists.ts';
import { type Site, startSite } from '../support/site.ts';
import { sendWire } from '../support/wire.ts';

const app = 'https://app.example.com';

let site: Site;
/** Those of somebody who is signed in. */
let cookies: string;
let link: string;

beforeAll(async () => {
  site = await startSite({ demoMessages: 2, allowedReturnOrigins: app });
  const browser = await site.connected();
  const [session, login] = [browser.cookie('localhost', 'session'), browser.cookie('localhost', 'login')];
  cookies = `session=${session}; login=${login}`;
  link = new URL(await invite(site, 'acme')).searchParams.get('link') ?? '';
});
afterAll(() => site.close());

const everything = async () => [
  await site.items('logins'),
  await site.items('grants'),
  await site.items('mailboxes'),
];

describe('a preflight lets no page send cookies', () => {
  it.each([...new Set([...changingRoutes, ...readingRoutes].map((route) => splitRoute(route).path))])(
    '%s',
    async (target) => {
      for (const [name, value] of originHeaders(site.origin, app).flat()) {
        const asked: Header[] = [
          ['access-control-request-method', 'DELETE'],
          [name, value],
        ];
        const { status, headers } = await sendWire(site, { method: 'OPTIONS', target, headers: asked });
        expect(status).toBe(204);
        expect(headers['access-control-allow-credentials']).toBeUndefined();
        expect([value, headers['access-control-allow-origin']]).toEqual([
          value,
          value === app ? app : undefined,
        ]);
      }
    },
  );
});

describe('reading changes nothing, so that no link or picture elsewhere can', () => {
  // These begin a consent, or end one that the browser began: a state of its own guards those.
  const consents = ['GET /auth/url', 'GET /auth/login', 'GET /auth/callback'];

  it.each(readingRoutes.filter((route) => !consents.includes(route)))('%s', async (route) => {
    const before = await everything();
    for (const target of [splitRoute(route).path, `${splitRoute(route).path}?link=${link}&_method=DELETE`]) {
      const headers: Header[] = [
        ['cookie', cookies],
        ...fetchSite('cross-site'),
        ['x-http-method-override', 'DELETE'],
      ];
      const answer = await sendWire(site, { target, headers });
      expect(answer.status).toBeLessThan(500);
    }
    expect(await everything()).toEqual(before);
  });

  it.each(['GET /auth/url', 'GET /auth/login'])('%s from elsewhere ends no session', async (route) => {
    const sessions = async () =>
      (await site.items('logins')).filter(({ id }) => String(id).startsWith('session#'));
    const before = await sessions();
    const headers: Header[] = [['cookie', cookies], ...fetchSite('cross-site')];
    const { status } = await sendWire(site, { target: splitRoute(route).path, headers });
    expect(status).toBe(route === 'GET /auth/url' ? 403 : 303);
    expect(await sessions()).toEqual(before);
  });
});
