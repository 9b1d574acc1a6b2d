import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { routes } from '../../infra/routes.ts';
import { isBackendRoute } from '../../lambdas/http/backend-route.ts';
import { createSignedFetch } from '../integrations/signed-fetch.ts';
import { Browser } from '../support/browser.ts';
import { invite } from '../support/callers.ts';
import { headerFaults } from '../support/guarded-answer.ts';
import { type Site, startSite } from '../support/site.ts';

const app = 'https://app.example.com';
const json = { accept: 'application/json' };
const html = { accept: 'text/html', 'sec-fetch-site': 'same-origin' };

const allRoutes: readonly string[] = Object.values(routes).flat();
const backendRoutes = allRoutes.filter(isBackendRoute);
const openRoutes = allRoutes.filter((route) => !isBackendRoute(route));
/** They end what the others need. */
const endings = ['POST /auth/logout', 'DELETE /mailbox', 'DELETE /accounts/{accountId}'];
const harmless = (route: string) => !endings.includes(route);

let site: Site;
let session: string;
let accountId: string;
let messageId: string;
let signingIn: Browser;
const statuses = new Set<number>();

beforeAll(async () => {
  site = await startSite({ demoMessages: 3, allowedReturnOrigins: app });
  const browser = await site.connected();
  session = browser.cookie('localhost', 'session') ?? '';
  accountId = String((await site.items('grants'))[0]?.['accountId']);
  messageId = (await site.truth('ada@example.com'))[0]?.id ?? '';
  signingIn = browser;
});
afterAll(() => site.close());

function pathOf(route: string): string {
  const [, path = ''] = route.split(' ');
  return path.replace('{accountId}', accountId).replace('{id}', messageId);
}

async function expectGuarded(routeKey: string, response: Response): Promise<void> {
  statuses.add(response.status);
  const { status, headers } = response;
  expect(headerFaults({ routeKey, status, headers, text: await response.text() })).toEqual([]);
}

function expectGuardedHistory(browser: Browser): void {
  const ours = browser.history.filter(({ url }) => url.startsWith(site.origin));
  expect(ours.length).toBeGreaterThan(2);
  for (const page of ours) {
    statuses.add(page.status);
    expect(headerFaults({ routeKey: `GET ${new URL(page.url).pathname}`, ...page })).toEqual([]);
  }
}

const ask = (route: string, headers: Readonly<Record<string, string>>, query = '') =>
  fetch(site.origin + pathOf(route) + query, {
    method: route.split(' ')[0] ?? '',
    redirect: 'manual',
    headers,
  });

/** Lets the next read of a table be refused, and uses the fault up where the request read none. */
async function askWithoutTables(route: string, headers: Readonly<Record<string, string>>): Promise<Response> {
  site.aws.failNext({ service: 'dynamodb', action: 'GetItem', failure: { error: 'AccessDeniedException' } });
  const response = await ask(route, headers);
  await fetch(`${site.origin}/mailbox`, { headers: bearer() });
  return response;
}

const bearer = () => ({ authorization: `Bearer ${session}` });

describe('every answer tells the browser what must not be done with it', () => {
  it.each(openRoutes)('%s, for nobody', async (route) => {
    for (const accept of [json, html]) await expectGuarded(route, await ask(route, accept));
  });

  it.each(openRoutes)('%s, asked what it does not know', async (route) => {
    const query = '?state=1&state=2&maxResults=x&return_to=//evil.example&purpose=none';
    for (const accept of [json, html]) await expectGuarded(route, await ask(route, accept, query));
  });

  it.each(openRoutes.filter(harmless))('%s, for who is signed in', async (route) => {
    for (const accept of [json, html]) {
      await expectGuarded(route, await ask(route, { ...accept, ...bearer() }));
    }
  });

  it.each(openRoutes.filter(harmless))('%s, without a database', async (route) => {
    for (const accept of [json, html]) {
      await expectGuarded(route, await askWithoutTables(route, { ...accept, ...bearer() }));
    }
  });

  it.each(backendRoutes.filter(harmless))('%s, for a backend', async (route) => {
    const [method = ''] = route.split(' ');
    const signed = createSignedFetch(site.origin, site.aws);
    await expectGuarded(route, await signed(method, pathOf(route)));
    await expectGuarded(route, await signed(method, pathOf(route), { query: { unknown: '1' } }));
    await expectGuarded(route, await signed(method, pathOf(route).replace(accountId, 'nobody')));
  });

  it.each(backendRoutes)('%s, for nobody: API Gateway’s own word, which holds nothing', async (route) => {
    const response = await ask(route, json);
    expect([response.status, await response.text()]).toEqual([403, '{"message":"Forbidden"}']);
    expect(response.headers.getSetCookie()).toEqual([]);
  });

  it.each(['GET', 'POST', 'DELETE'])('%s of a path that no route has', async (method) => {
    for (const headers of [json, html, { ...html, ...bearer() }]) {
      await expectGuarded('unknown', await ask(`${method} /accountss/{id}`, headers));
    }
  });

  it('a file that the browser has already', async () => {
    const first = await ask('GET /page.css', json);
    const again = await ask('GET /page.css', { 'if-none-match': first.headers.get('etag') ?? '' });
    expect(again.status).toBe(304);
    await expectGuarded('GET /page.css', again);
  });

  it('while Gmail has enough, or fails', async () => {
    for (const status of [429, 500, 403]) {
      const error = { code: status, errors: [{ reason: 'rateLimitExceeded' }] };
      await site.fault('gmail', { status, body: { error } }, 2);
      for (const accept of [json, html]) {
        await expectGuarded('GET /messages', await ask('GET /messages', { ...accept, ...bearer() }));
      }
      await site.admin('DELETE', '/faults');
    }
  });

  it('the way of a person who signs in', () => expectGuardedHistory(signingIn));

  it('the way of an invited person', async () => {
    const browser = new Browser();
    const start = await invite(site, 'acme');
    await site.consent(browser, { start, account: 'grace@example.com' });
    expectGuardedHistory(browser);
  });

  it('those that end something', async () => {
    const leaving = await site.connected({ account: 'grace@example.com' });
    for (const page of [
      await leaving.fetch(`${site.origin}/auth/logout`, { method: 'POST' }),
      await site
        .connected({ account: 'grace@example.com' })
        .then((again) => again.fetch(`${site.origin}/mailbox`, { method: 'DELETE' })),
    ]) {
      statuses.add(page.status);
      expect(headerFaults({ routeKey: 'an ending', ...page })).toEqual([]);
    }
    const signed = createSignedFetch(site.origin, site.aws);
    await expectGuarded('DELETE /accounts/{accountId}', await signed('DELETE', `/accounts/${accountId}`));
  });

  it('with answers of every kind', () => {
    expect([...statuses]).toEqual(
      expect.arrayContaining([200, 202, 204, 303, 304, 400, 401, 403, 404, 429, 503]),
    );
  });
});

describe('other origins', () => {
  it.each([
    [app, app],
    ['https://evil.example', null],
    ['null', null],
    [`${app}.evil.example`, null],
    ['http://app.example.com', null],
  ])('%s may read: %s', async (origin, allowed) => {
    const response = await ask('GET /messages', { ...bearer(), ...json, origin });
    expect(response.headers.get('access-control-allow-origin')).toBe(allowed);
    expect(response.headers.has('access-control-allow-credentials')).toBe(false);
  });
});
