import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { Browser } from '../support/browser.ts';
import { type CallbackAnswer, callbacksOf } from '../support/callbacks.ts';
import { backendOf, newPkce } from '../support/callers.ts';
import { type Site, startSite } from '../support/site.ts';

const app = 'https://app.example.com';
const evil = 'evil.example';
const { codeChallenge } = newPkce();

let site: Site;
let hands: ReturnType<typeof callbacksOf>;

beforeAll(async () => {
  site = await startSite({ demoMessages: 1, allowedReturnOrigins: `${app} com.example.app:` });
  hands = callbacksOf(site);
});
afterAll(() => site.close());
beforeEach(() => site.forget());

/** Every character but letters and digits as percent code, the leading slash aside. */
const encoded = (text: string): string =>
  text.replace(/(?!^\/)[^\w]/gu, (character) => Buffer.from(character).toString('hex').replace(/../g, '%$&'));

const leadingElsewhere = [
  ...[`https://${evil}`, `HTTPS:${evil}`, `http:/${evil}`, 'javascript:alert(1)//', 'data:text/html,x', evil],
  ...[
    'java\nscript:alert(1)',
    '\u0001javascript:alert(1)',
    `blob:https://${evil}/x`,
    `//${evil}`,
    `///${evil}`,
  ],
  ...[
    `/\\${evil}`,
    `\\/${evil}`,
    `\\\\${evil}`,
    `/\t/${evil}`,
    `/\n/${evil}`,
    `/\r\n/${evil}`,
    `\t//${evil}`,
  ],
  ...[
    ` //${evil}`,
    `/\0/${evil}`,
    `/\u0085/${evil}`,
    `/a//${evil}`,
    `/a/..//${evil}`,
    `/.//${evil}`,
    `/a/\\/${evil}`,
  ],
  ...[
    `/;@${evil}`,
    `/@${evil}`,
    `/user:password@${evil}`,
    `//localhost@${evil}`,
    '//[::1]',
    '//evil\u3002example',
  ],
  ...[`/\r\nLocation: https://${evil}`, '/../..', `//${evil}\\..`, `/\u202e/\\${evil}`],
];

const circles = [
  ...[
    '/auth',
    '/auth/login',
    '/auth/login?prompt=consent',
    '/auth/url',
    '/auth/logout',
    '/auth/session',
    '/auth/',
  ],
  ...[
    '/auth/callback?code=x&state=y',
    '/auth/problem?problem=invalid_link',
    '/auth/login?return_to=/auth/login',
  ],
  ...['/%61uth/login', '/auth%2flogin', '/%2561uth/login', '/auth?x'],
];

/** What other servers on the way may make of a query. */
const trickyQueries = [
  `/messages?q=\r\nLocation: https://${evil}`,
  `/messages?next=\\\\${evil}`,
  `/messages#\\${evil}`,
  ...[`/messages?next=%5c%5C${evil}`, `/messages?q=%0d%0aLocation:%20https://${evil}`, '/messages?q=%2500'],
];

const lookalikes = [
  ...[
    `${app}.${evil}/`,
    `${app}@${evil}/`,
    `${app}:443@${evil}/`,
    `${app}:8443/`,
    `${app}\\@${evil}/`,
    `${app}.`,
  ],
  ...[
    `${app}%2e${evil}/`,
    `${app}/#a`,
    `${app}/?handoff=x`,
    `${app}/\\a`,
    `${app}/a b`,
    'http://app.example.com/',
  ],
  ...[
    'https://app\u3002example.com/',
    'HTTPS://app.example.com/',
    '//app.example.com/',
    'null',
    'com.example.app:x',
  ],
  ...[
    ' com.example.app:/x',
    'com.example.app:/x\n',
    'COM.EXAMPLE.APP:/x',
    `${app}\t/`,
    `https:/${app.slice(8)}/`,
  ],
];

const refused = [
  ...leadingElsewhere,
  ...leadingElsewhere.map(encoded),
  ...leadingElsewhere.map((form) => encoded(encoded(form))),
  ...circles,
  ...trickyQueries,
  ...lookalikes,
  ...['', `/${'a'.repeat(2_048)}`, `/messages?q=${'\u8a9e'.repeat(700)}`],
];

const addressOf = (path: string, query: Readonly<Record<string, string>>) =>
  `${site.origin}${path}?${new URLSearchParams(query)}`;

/** Where our own link to a new consent, in JSON or on a page, would lead back to, as a browser understands it. */
function wayBackIn({ page }: CallbackAnswer): string {
  const [, link = ''] = /(?:"authorizationUrl":|<a class="button" href=)"([^"]*)"/.exec(page.text) ?? [];
  const url = new URL(link.replaceAll('&amp;', '&'));
  expect(url.origin + url.pathname).toBe(`${site.origin}/auth/login`);
  return new URL(url.searchParams.get('return_to') ?? '/', site.origin).href;
}

describe('an address that leads elsewhere, or in circles', () => {
  it.each(refused.map((form) => [JSON.stringify(form).slice(0, 60), form]))(
    'is refused wherever it can be given, or left out: %s',
    async (_, form) => {
      for (const query of [{ return_to: form }, { return_to: form, code_challenge: codeChallenge }]) {
        for (const path of ['/auth/login', '/auth/url']) {
          const page = await new Browser().fetch(addressOf(path, query));
          expect(page.status).toBe(400);
          expect(page.headers.getSetCookie()).toEqual([]);
        }
        const fromElsewhere = await hands.ask(addressOf('/auth/url', query));
        expect([fromElsewhere.status, wayBackIn(fromElsewhere)]).toEqual([403, `${site.origin}/`]);
        const problem = await hands.open(addressOf('/auth/problem', { problem: 'access_denied', ...query }));
        expect([problem.status, wayBackIn(problem)]).toEqual([403, `${site.origin}/`]);
      }
      const order = { owner: 'acme', returnTo: form };
      const { status } = await backendOf(site)('POST', '/accounts/connect-links', { body: order });
      expect(status).toBe(400);
      expect(await site.items('logins')).toEqual([]);
    },
  );
});

describe('an address that only looks odd', () => {
  it.each([
    ...[
      '/\uff0fevil.example',
      '/\u2215\u2215evil.example',
      '/\u2025/a',
      '/\uff0e\uff0e/a',
      '/\u3002\u3002/a',
    ],
    ...[
      '/javascript:alert(1)',
      `/https:${evil}`,
      `/?next=//${evil}`,
      `/messages?q=%40${evil}`,
      '/authors',
      '/Auth/x',
    ],
    ...[`/?q=a@b#//${evil}`, '/messages?q=%E2%80%AE'],
  ])('leads to this site in the end: %s', async (form) => {
    const browser = new Browser();
    const url = await hands.callbackOf(browser, { start: addressOf('/auth/login', { return_to: form }) });
    const { leadsTo, page } = await hands.ask(url, browser);
    expect(page.headers.get('location')).toMatch(/^\/(?![/\\])[\x21-\x7e]*$/);
    expect(new URL(leadsTo ?? '').origin).toBe(site.origin);
    expect(leadsTo).toBe(new URL(form, site.origin).href);
  });
});

describe('a page that asks for a sign-in first', () => {
  const searches = [
    `q=//${evil}`,
    `q=x%0d%0aLocation:%20https://${evil}`,
    `q=%5C%5C${evil}`,
    `q=@${evil}%23`,
  ];

  it.each(searches)('leads back to this site: %s', async (query) => {
    const { status, leadsTo } = await hands.open(`${site.origin}/messages?${query}`);
    expect(status).toBe(303);
    const url = new URL(leadsTo ?? '');
    expect(url.origin + url.pathname).toBe(`${site.origin}/auth/login`);
    const back = new URL(url.searchParams.get('return_to') ?? '/', site.origin);
    expect(back.origin).toBe(site.origin);
    expect(['/', '/messages']).toContain(back.pathname);
    expect((await hands.open(leadsTo ?? '')).status).toBe(303);
  });

  it.each([`%2F%2F${evil}`, `..%2F..%2F${evil}`, `%5C%5C${evil}`, '%0d%0aLocation:x', `x%3Fa%23@${evil}`])(
    'is none under a message ID that is none: %s',
    async (id) => {
      const { status, page } = await hands.open(`${site.origin}/messages/${id}`);
      expect([status, page.headers.get('location')]).toEqual([400, null]);
    },
  );
});
