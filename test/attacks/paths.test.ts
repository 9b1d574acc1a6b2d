import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Browser } from '../support/browser.ts';
import { drainQueue } from '../support/drain-queue.ts';
import { type RecordedGmail, recordGmail } from '../support/recorded-gmail.ts';
import { accountRoutes, splitRoute } from '../support/route-lists.ts';
import { type Site, startSite } from '../support/site.ts';
import { problemIn, sendWire, signerOf } from '../support/wire.ts';

const [ada, grace] = ['ada@example.com', 'grace@example.com'];

let site: Site;
let gmail: RecordedGmail;
let adas: Browser;
let graces: Browser;

beforeAll(async () => {
  gmail = await recordGmail();
  site = await startSite({ demoMessages: 9, gmailRootUrl: gmail.rootUrl, accessTokens: 'on' });
  gmail.leadTo(site.google.origin);
  adas = await site.connected({ account: ada });
  graces = await site.connected({ account: grace });
  site.setClockOffset(2 * 60_000);
  await site.tick();
  await drainQueue(site);
  site.setClockOffset(0);
});
afterAll(async () => {
  await site.close();
  await gmail.close();
});

const session = (browser: Browser) =>
  ['cookie', `session=${browser.cookie('localhost', 'session')}`] as const;
const idsOf = async (email: string) => (await site.truth(email)).map(({ id }) => id);
const accountOf = async (email: string) =>
  String((await site.items('grants')).find((grant) => grant['email'] === email)?.['accountId']);

/** What Gmail is asked while something is done. */
async function asked(work: () => Promise<unknown>): Promise<readonly string[]> {
  const before = gmail.requests.length;
  await work();
  return gmail.requests.slice(before);
}

/** Ways out of a path, and ways to make it another. */
const tricks = [
  ...['.', '..', '../labels', '../../users/me/profile', '..;/labels', '%2e%2e', '%2E%2E%2Fprofile'],
  ...[
    '..%2f..%2fprofile',
    '%252e%252e%252fprofile',
    '..%5cprofile',
    '%5c%5cevil.example',
    '%2f%2fevil.example',
  ],
  ...[
    'a%2fattachments%2fb',
    'a;b',
    'a%3bb',
    'a%3fformat=raw',
    'a%3Falt=media%26x=',
    'a%23b',
    'a%26b',
    'a%3db',
  ],
  ...[
    'a%00',
    '%00',
    'a%0d%0aHost:%20evil.example',
    'a%0a',
    '%0d',
    'a%20b',
    'a%09',
    '%E2%80%A8',
    '%c3%a9',
    '%F0%9F%92%A9',
  ],
  ...[
    'a%c0%af',
    '%ff',
    '%',
    '%z',
    'a%2',
    '*',
    '@',
    '$%7bjndi:ldap:x%7d',
    '%7b%7d',
    '%22',
    '%27%20or%201=1',
    '%3Cscript%3E',
  ],
  ...[
    '__proto__',
    'constructor',
    'toString',
    'undefined',
    'null',
    '0',
    '-1',
    'a'.repeat(64),
    'a'.repeat(65),
    'a'.repeat(5_000),
  ],
];

describe('a message ID', () => {
  it.each(tricks)('%s never becomes another path of Gmail’s', async (trick) => {
    for (const path of ['/messages', `/accounts/${await accountOf(ada)}/messages`]) {
      const request = await signerOf(site).sign({ path: `${path}/${trick}` });
      const headers = path === '/messages' ? [session(adas)] : request.headers;
      const paths = await asked(async () => {
        const { status, text } = await sendWire(site, { ...request, headers });
        expect([400, 404]).toContain(status);
        expect(text).not.toContain('snippet');
      });
      // It is asked for by its own name, or not at all.
      for (const line of paths)
        expect(line).toMatch(/^GET \/gmail\/v1\/users\/me\/messages\/[\w-]{1,64}\?format=full$/);
      expect(paths.length).toBeLessThanOrEqual(/^[\w-]{1,64}$/.test(trick) ? 1 : 0);
    }
  });

  it('of another account is not there, and is asked for in the caller’s own mailbox', async () => {
    const [theirs] = await idsOf(grace);
    const paths = await asked(async () => {
      const answer = await sendWire(site, { target: `/messages/${theirs}`, headers: [session(adas)] });
      expect([answer.status, problemIn(answer)]).toEqual([404, 'not_found']);
    });
    expect(paths).toEqual([`GET /gmail/v1/users/me/messages/${theirs}?format=full`]);
    expect((await sendWire(site, { target: `/messages/${theirs}`, headers: [session(graces)] })).status).toBe(
      200,
    );
  });
});

describe('an account ID', () => {
  const ids = async () => {
    const [id, rows] = [await accountOf(ada), await site.items('mailboxes')];
    const { generation } = rows.find(({ accountId }) => accountId === id) ?? {};
    return [
      ...tricks.filter((trick) => !trick.includes('/')),
      ...[
        `${id}%20`,
        `%20${id}`,
        `${id}%00`,
        `${id}%23${generation}`,
        `account%23${id}`,
        `${id},${await accountOf(grace)}`,
      ],
      ...[
        `0${id}`,
        `+${id}`,
        encodeURIComponent(ada),
        `${id}%2f..%2f${await accountOf(grace)}`,
        'all%230',
        'published',
      ],
    ];
  };

  it.each(accountRoutes)('in %s is taken to the letter', async (route) => {
    const tables = ['grants', 'mailboxes', 'logins', 'messages', 'changes'] as const;
    const standing = () => Promise.all(tables.map((table) => site.items(table)));
    const before = await standing();
    const [message] = await idsOf(ada);
    const paths = await asked(async () => {
      for (const accountId of await ids()) {
        const { method, path } = splitRoute(route, { accountId, id: String(message) });
        const answer = await sendWire(site, await signerOf(site).sign({ method, path }));
        expect([400, 404], `${accountId}: ${answer.status}`).toContain(answer.status);
        expect(answer.text).not.toContain('example.com');
      }
    });
    expect(paths).toEqual([]);
    expect(await standing()).toEqual(before);
  });
});

describe('a token of another account’s list', () => {
  it.each([
    ['live', '/messages?maxResults=2'],
    ['copied', '/mailbox/messages?maxResults=2'],
  ])('leads nowhere but on in the caller’s own: %s', async (_, path) => {
    const { nextPageToken: theirs } = JSON.parse((await graces.fetch(`${site.origin}${path}`)).text);
    expect(theirs).toEqual(expect.any(String));
    const page = await adas.fetch(`${site.origin}${path}&pageToken=${encodeURIComponent(theirs)}`);
    expect([200, 400]).toContain(page.status);
    const { messages = [] } = JSON.parse(page.text);
    const own = await idsOf(ada);
    expect(messages.filter(({ id }: { id: string }) => !own.includes(id))).toEqual([]);
  });

  it('of changes is refused', async () => {
    const { cursor } = JSON.parse((await graces.fetch(`${site.origin}/mailbox/changes?after=now`)).text);
    const page = await adas.fetch(`${site.origin}/mailbox/changes?after=${cursor}`);
    expect([page.status, JSON.parse(page.text).code]).toEqual([400, 'invalid_request']);
  });
});
