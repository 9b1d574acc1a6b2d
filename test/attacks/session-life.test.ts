import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { hashOf } from '../../lambdas/secrets.ts';
import { Browser } from '../support/browser.ts';
import { tokenNamed } from '../support/doubles/tokens.ts';
import { putSigned } from '../support/login-rows.ts';
import { fetchSite } from '../support/origin-headers.ts';
import { sessionRoutes, splitRoute } from '../support/route-lists.ts';
import { type Site, startSite } from '../support/site.ts';
import { problemIn, sendWire } from '../support/wire.ts';

const [ada, grace] = ['ada@example.com', 'grace@example.com'];
const day = 86_400_000;

let site: Site;
/** Ada's browser, and what her session was in it. */
let browser: Browser;
let stolen: string;

const sessionIn = (from: Browser) => from.cookie('localhost', 'session') ?? '';

beforeAll(async () => {
  site = await startSite({ demoMessages: 2 });
});
beforeEach(async () => {
  await site.forget();
  browser = await site.connected({ account: ada });
  stolen = sessionIn(browser);
});
afterEach(() => site.setClockOffset(0));
afterAll(() => site.close());

/** Asks every route that knows people by their session, both ways; each must say that nobody is signed in. */
async function opensNothing(token: string): Promise<void> {
  const decryptions = () => site.calls.filter(({ action }) => action === 'Decrypt').length;
  const before = decryptions();
  const proofs = [['cookie', `session=${token}`] as const, ['authorization', `Bearer ${token}`] as const];
  for (const route of sessionRoutes) {
    const { method, path: target } = splitRoute(route);
    for (const proof of proofs) {
      const answer = await sendWire(site, { method, target, headers: [proof, ...fetchSite('same-origin')] });
      expect([route, answer.status, problemIn(answer)]).toEqual([route, 401, 'login_required']);
    }
  }
  const headers = [['cookie', `session=${token}`] as const];
  expect((await sendWire(site, { target: '/', headers })).text).not.toContain(ada);
  expect(decryptions()).toBe(before);
}

const sessionRows = async () =>
  (await site.items('logins')).filter(({ id }) => String(id).startsWith('session#'));
const rowOf = async (token: string) =>
  (await sessionRows()).find(({ id }) => id === `session#${hashOf(token)}`);
const act = (method: string, path: string) => browser.fetch(site.origin + path, { method });

it('is looked up, as its grant is, in what stands at that very moment, not in what stood a second ago', async () => {
  const before = site.calls.length;
  for (const route of sessionRoutes.filter((name) => name !== 'DELETE /mailbox')) {
    const { method, path: target } = splitRoute(route);
    await sendWire(site, { method, target, headers: [['authorization', `Bearer ${stolen}`]] });
  }
  const reads = site.calls.slice(before).filter(({ action }) => action === 'GetItem');
  expect(reads.length).toBeGreaterThan(2 * sessionRoutes.length - 4);
  expect(reads.filter(({ input }) => input['ConsistentRead'] !== true)).toEqual([]);
});

describe('a session that was stolen opens nothing', () => {
  it('after its person logged out', async () => {
    expect((await act('POST', '/auth/logout')).status).toBe(204);
    await opensNothing(stolen);
    expect(await sessionRows()).toEqual([]);
  });

  it('after its person logged in again in that browser', async () => {
    await site.consent(browser, { account: ada });
    await opensNothing(stolen);
    expect(await sessionRows()).toHaveLength(1);
  });

  it('after the mailbox was disconnected, from whichever browser', async () => {
    const elsewhere = await site.connected({ account: ada });
    expect((await act('DELETE', '/mailbox')).status).toBe(202);
    await opensNothing(stolen);
    await opensNothing(sessionIn(elsewhere));
  });

  it('nor when it was connected again, though its row had outlived the disconnect', async () => {
    const row = await rowOf(stolen);
    expect(row).toBeDefined();
    await act('DELETE', '/mailbox');
    await site.put('logins', { ...row });
    await opensNothing(stolen);
    await site.connected({ account: ada });
    await opensNothing(stolen);
    // And it does not end what stands now.
    expect(await site.items('grants')).toMatchObject([{ status: 'active' }]);
  });

  it('after 30 days of disuse, though its row still stands', async () => {
    site.setClockOffset(30 * day + 1000);
    await opensNothing(stolen);
    expect(await rowOf(stolen)).toBeDefined();
  });

  it('after 180 days, however lately it was used, though its row still stands', async () => {
    site.setClockOffset(180 * day + 1000);
    const row = await rowOf(stolen);
    await putSigned(site, { ...row, renewedAt: Date.now() + 180 * day });
    await opensNothing(stolen);
    expect(await rowOf(stolen)).toBeDefined();
  });

  it('and cannot be brought back by using it', async () => {
    site.setClockOffset(31 * day);
    const before = await rowOf(stolen);
    await opensNothing(stolen);
    expect(await rowOf(stolen)).toEqual(before);
  });
});

describe('a session that was planted before the login', () => {
  it.each([
    ['made up', () => tokenNamed('planted')],
    ['the hash of a right one', () => hashOf(stolen)],
  ])('is never adopted: %s', async (_, plant) => {
    const victim = new Browser();
    victim.setCookie('localhost', 'session', plant());
    await site.consent(victim, { account: ada });
    expect(sessionIn(victim)).not.toBe(plant());
    await opensNothing(plant());
    expect((await victim.fetch(`${site.origin}/mailbox`)).text).toContain(ada);
  });

  it('that is somebody else’s signs nobody in with it: the consent of another account is refused', async () => {
    const graces = sessionIn(await site.connected({ account: grace }));
    const victim = new Browser();
    victim.setCookie('localhost', 'session', graces);
    const before = await site.items('grants');
    // As a person who chooses their own account, whatever Google suggests.
    const start = `${site.origin}/auth/login?login_hint=${ada}`;
    const page = await site.consent(victim, { start, account: ada });
    expect([page.status, sessionIn(victim)]).toEqual([403, graces]);
    expect(await site.items('grants')).toEqual(before);
  });

  it('of the same account ends with the login, and no session is ever used twice', async () => {
    const given = [stolen];
    for (let login = 0; login < 3; login++) {
      await site.consent(browser, { account: ada });
      given.push(sessionIn(browser));
    }
    expect(new Set(given).size).toBe(given.length);
    expect((await sessionRows()).map(({ id }) => id)).toEqual([`session#${hashOf(given.at(-1) ?? '')}`]);
  });
});
