import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { hashOf } from '../../lambdas/secrets.ts';
import { Browser } from '../support/browser.ts';
import { invite } from '../support/callers.ts';
import { tokenNamed } from '../support/doubles/tokens.ts';
import { fetchSite } from '../support/origin-headers.ts';
import { readingRoutes, splitRoute } from '../support/route-lists.ts';
import { type Site, startSite } from '../support/site.ts';
import { sendWire } from '../support/wire.ts';

const [ada, grace] = ['ada@example.com', 'grace@example.com'];
const app = 'https://app.example.com';
const day = 86_400_000;

let site: Site;
/** A link's secret. */
let secret: string;

beforeAll(async () => {
  site = await startSite({ demoMessages: 2, signUp: 'links-only', allowedReturnOrigins: app });
});
beforeEach(async () => {
  await site.forget();
  secret = await newLink();
});
afterEach(() => site.setClockOffset(0));
afterAll(() => site.close());

const newLink = async (owner = 'acme', order = {}) =>
  new URL(await invite(site, owner, order)).searchParams.get('link') ?? '';

const logins = () => site.items('logins');
const rowsOf = async (kind: string) => (await logins()).filter(({ id }) => String(id).startsWith(`${kind}#`));

/** Opens the page of a link, and presses its button, with the cookies of a browser. */
async function pressed(link: string, cookie = `login=${tokenNamed('browser')}`, body = `link=${link}`) {
  const target = `/connect?${new URLSearchParams({ link })}`;
  const shown = await sendWire(site, { target, headers: [['cookie', cookie]] });
  const type = ['content-type', 'application/x-www-form-urlencoded'] as const;
  const headers = [['cookie', cookie] as const, type, ...fetchSite('same-origin')];
  const answer = await sendWire(site, { method: 'POST', target: '/connect', body, headers });
  return [shown.status, answer.status];
}

describe('a link', () => {
  it.each([
    ['two links', (link: string) => `link=${link}&link=${link}`],
    ['a list in one', (link: string) => `link=${link},${link}`],
    ['its name in other letters', (link: string) => `Link=${link}`],
    ['JSON', (link: string) => JSON.stringify({ link })],
    ['nothing', () => ''],
  ])('is not pressed by a form with %s', async (_, body) => {
    const before = await logins();
    expect(await pressed(secret, undefined, body(secret))).toEqual([200, 400]);
    expect(await logins()).toEqual(before);
  });
});

describe('a link that leaked', () => {
  it('is bound to the first who presses; what others do afterwards leaves it as it is', async () => {
    const first = `login=${tokenNamed('first')}`;
    expect(await pressed(secret, first)).toEqual([200, 303]);
    const [before, begun] = [await rowsOf('link'), await rowsOf('state')];
    expect(before).toMatchObject([{ browserHash: hashOf(tokenNamed('first')) }]);
    for (const cookie of [
      `login=${tokenNamed('second')}`,
      `login=${hashOf(tokenNamed('first'))}`,
      'login=',
      'x=y',
    ]) {
      expect(await pressed(secret, cookie)).toEqual([400, 400]);
    }
    expect([await rowsOf('link'), await rowsOf('state')]).toEqual([before, begun]);
  });

  it('gives whoever presses first no consent but their own: the mailbox is never the other’s', async () => {
    // The thief presses, and sends the person it was meant for on to Google.
    const thief = new Browser();
    const page = await site.consent(thief, {
      start: `${site.origin}/connect?link=${secret}`,
      account: ada,
      stopBeforeCallback: true,
    });
    const person = new Browser();
    await person.open(`${site.origin}/auth/login`, { stay: true });
    expect((await person.open(page.headers.get('location') ?? '')).status).toBe(400);
    expect(await site.items('grants')).toEqual([]);
    expect(await rowsOf('session')).toEqual([]);
  });

  it('for one address connects no mailbox of the thief’s', async () => {
    const link = await newLink('acme', { email: ada });
    const start = `${site.origin}/connect?link=${link}`;
    const thief = new Browser();
    const shown = await thief.open(start);
    const toGoogle = new URL((await thief.submit(shown, { button: '' }, true)).headers.get('location') ?? '');
    toGoogle.searchParams.delete('login_hint');
    expect((await site.consent(thief, { start: toGoogle.href, account: grace })).status).toBe(403);
    expect([await site.items('grants'), await rowsOf('session')]).toEqual([[], []]);
  });
});

describe('a link that has ended, though its row still stands', () => {
  it('is of no use to the browser that pressed it', async () => {
    expect(await pressed(secret)).toEqual([200, 303]);
    site.setClockOffset(day + 1000);
    const before = await logins();
    expect(await pressed(secret)).toEqual([400, 400]);
    expect(await logins()).toEqual(before);
  });

  it('takes no consent that began in time', async () => {
    const link = await newLink('acme', { expiresInSeconds: 60 });
    const browser = new Browser();
    const start = `${site.origin}/connect?link=${link}`;
    const page = await site.consent(browser, { start, account: ada, stopBeforeCallback: true });
    site.setClockOffset(61_000);
    expect((await browser.open(page.headers.get('location') ?? '')).status).toBe(400);
    expect([await site.items('grants'), await rowsOf('session')]).toEqual([[], []]);
  });
});

describe('a link of one owner', () => {
  it('brings no mailbox of another owner, whoever follows it, and stays as it was', async () => {
    await site.consent(new Browser(), { start: `${site.origin}/connect?link=${secret}`, account: ada });
    const [grant] = await site.items('grants');
    const other = await newLink('globex');
    const start = `${site.origin}/connect?link=${other}`;
    expect((await site.consent(new Browser(), { start, account: ada })).status).toBe(403);
    expect(await site.items('grants')).toEqual([grant]);
    const left = (await rowsOf('link')).find(({ id }) => id === `link#${hashOf(other)}`);
    expect(left).toMatchObject({ owner: 'globex' });
    expect(left).not.toHaveProperty('usedBy');
  });
});

describe('no page can be framed, so that no press is stolen by laying another page over it', () => {
  it.each(readingRoutes)('%s', async (route) => {
    const path = splitRoute(route).path;
    for (const target of [path, `${path}?link=${secret}`, `${path}?problem=login_required`]) {
      const { headers } = await sendWire(site, { target, headers: [['accept', 'text/html']] });
      if (!String(headers['content-type']).startsWith('text/html')) continue;
      expect(String(headers['content-security-policy']).split('; ')).toContain("frame-ancestors 'none'");
      expect(String(headers['content-security-policy'])).not.toMatch(/unsafe|\*/);
    }
  });

  it('and these are pages: the link’s, the start page, the description, and every problem', async () => {
    for (const path of [
      `/connect?link=${secret}`,
      '/connect',
      '/',
      '/docs',
      '/auth/problem?problem=access_denied',
      '/mailbox',
    ]) {
      const { headers } = await sendWire(site, { target: path, headers: [['accept', 'text/html']] });
      expect([path, headers['content-type']]).toEqual([path, 'text/html; charset=utf-8']);
    }
  });
});
