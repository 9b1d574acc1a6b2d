import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { routes } from '../../infra/routes.ts';
import { isBackendRoute } from '../../lambdas/http/backend-route.ts';
import type { SignedRequest } from '../integrations/signed-fetch.ts';
import { Browser } from '../support/browser.ts';
import { backendOf, invite, type Json, newPkce, type Reply, signInOnPhone } from '../support/callers.ts';
import { drainQueue } from '../support/drain-queue.ts';
import { type Site, startSite } from '../support/site.ts';

const mailboxes = { acme: 'ada@example.com', globex: 'grace@example.com' };
type Owner = keyof typeof mailboxes;

const backendRoutes = Object.values(routes).flat().filter(isBackendRoute);
const accountRoutes = backendRoutes.filter((route) => route.includes('{accountId}'));

let site: Site;
let ask: (method: string, path: string, request?: SignedRequest) => Promise<Reply>;
/** The accounts of the owners. */
let ids: Record<Owner, string>;
/** A message of each owner's mailbox. */
let messages: Record<Owner, string>;

beforeAll(async () => {
  site = await startSite({ demoMessages: 6, signUp: 'links-only', accessTokens: 'on' });
  ask = backendOf(site);
  const connect = async (owner: Owner) => {
    await site.consent(new Browser(), { start: await invite(site, owner), account: mailboxes[owner] });
    const { body } = await ask('GET', '/accounts', { query: { owner } });
    return String(body['accounts']?.['0']?.['id']);
  };
  ids = { acme: await connect('acme'), globex: await connect('globex') };
  const newest = async (owner: Owner) => (await site.truth(mailboxes[owner]))[0]?.id ?? '';
  messages = { acme: await newest('acme'), globex: await newest('globex') };
  for (const minutes of [10, 20]) {
    site.setClockOffset(minutes * 60_000);
    await site.tick();
    await drainQueue(site);
  }
});
afterAll(() => site.close());

/** A route with an account's own path, as `METHOD /path`. */
function pathOf(route: string, owner: Owner): [method: string, path: string] {
  const [method = '', path = ''] = route.split(' ');
  return [method, path.replace('{accountId}', ids[owner]).replace('{id}', messages[owner])];
}

const list = (value: Json | undefined): Json[] => (Array.isArray(value) ? value : []);

describe('an owner', () => {
  it.each(accountRoutes)('has nothing of another’s account: %s', async (route) => {
    const before = await everything();
    for (const owner of ['globex', 'acm', 'acme ', 'ACME']) {
      const { status, body } = await ask(...pathOf(route, 'acme'), { query: { owner } });
      expect([status, body['code']]).toEqual([404, 'not_found']);
    }
    // As if there were no such account: the answer says the same words.
    const theirs = await ask(...pathOf(route, 'acme'), { query: { owner: 'globex' } });
    const nobodys = pathOf(route, 'acme')[1].replace(ids.acme, '100000000000000000000');
    const nobody = await ask(pathOf(route, 'acme')[0], nobodys, { query: { owner: 'globex' } });
    expect(wordsOf(theirs)).toEqual(wordsOf(nobody));
    expect(await everything()).toEqual(before);
  });

  it.each(accountRoutes.filter((route) => !route.startsWith('DELETE')))('has its own: %s', async (route) => {
    const { status } = await ask(...pathOf(route, 'acme'), { query: { owner: 'acme' } });
    expect(Math.floor(status / 100)).toBe(2);
  });

  it.each(['acme', 'globex'] as const)('lists its own accounts alone: %s', async (owner) => {
    const { body } = await ask('GET', '/accounts', { query: { owner } });
    expect(list(body['accounts'])).toMatchObject([{ id: ids[owner], email: mailboxes[owner], owner }]);
  });

  it('finds no other’s account by its address', async () => {
    const find = async (owner: string) =>
      list((await ask('GET', '/accounts', { query: { owner, email: mailboxes.acme } })).body['accounts']);
    expect(await find('acme')).toHaveLength(1);
    expect(await find('globex')).toEqual([]);
  });

  it.each(['acme', 'globex'] as const)('hears of its own changes alone: %s', async (owner) => {
    const heard: Json[] = [];
    let after: string | undefined;
    for (let more = true; more; ) {
      const query = { owner, ...(after !== undefined && { after }) };
      const { status, body } = await ask('GET', '/changes', { query });
      expect(status).toBe(200);
      heard.push(...list(body['changes']));
      after = String(body['cursor']);
      more = Boolean(body['more']);
    }
    expect(heard.map((change) => change['type'])).toContain('added');
    for (const change of heard) expect(change).toMatchObject({ accountId: ids[owner], owner });
  });

  it('cannot bring a code for a mailbox that is another’s', async () => {
    const body = { owner: 'globex', ...(await signInOnPhone(site, newPkce(), mailboxes.acme)) };
    const refused = await ask('POST', '/accounts/code', { body });
    expect(refused).toMatchObject({ status: 403, body: { code: 'owner_mismatch' } });
    expect(await site.items('grants')).toHaveLength(2);
  });
});

it('without an owner in the request a backend sees its stage', async () => {
  const { body } = await ask('GET', '/accounts');
  expect(
    list(body['accounts'])
      .map(({ id }) => String(id))
      .sort(),
  ).toEqual(Object.values(ids).sort());
  const { status } = await ask('GET', `/accounts/${ids.acme}/messages`);
  expect(status).toBe(200);
});

/** Grants, sessions and sync states: what a request that is refused must leave as it was. */
async function everything() {
  return [await site.items('grants'), await site.items('logins'), await site.items('mailboxes')];
}

/** What a problem says, less what names the very request. */
function wordsOf({ status, body }: Reply) {
  const { title, detail, code } = body;
  return { status, title, detail, code };
}
