import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { routes } from '../../infra/routes.ts';
import { isBackendRoute } from '../../lambdas/http/backend-route.ts';
import type { SignedRequest } from '../integrations/signed-fetch.ts';
import { Browser } from '../support/browser.ts';
import { backendOf, invite, type Json, type Reply } from '../support/callers.ts';
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
  it.each(accountRoutes)('gets the same words for another’s account as for none: %s', async (route) => {
    const [method, path] = pathOf(route, 'acme');
    const askFor = async (at: string) => wordsOf(await ask(method, at, { query: { owner: 'globex' } }));
    const unknown = path.replace(ids.acme, '100000000000000000000');
    expect(await askFor(path)).toEqual(await askFor(unknown));
  });

  it.each(accountRoutes.filter((route) => !route.startsWith('DELETE')))('has its own: %s', async (route) => {
    const { status } = await ask(...pathOf(route, 'acme'), { query: { owner: 'acme' } });
    expect(Math.floor(status / 100)).toBe(2);
  });

  it.each(['acme', 'globex'] as const)('lists its own accounts alone: %s', async (owner) => {
    const { body } = await ask('GET', '/accounts', { query: { owner } });
    expect(list(body['accounts'])).toMatchObject([{ id: ids[owner], email: mailboxes[owner], owner }]);
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

/** What a problem says, less what names the very request. */
function wordsOf({ status, body }: Reply) {
  const { title, detail, code } = body;
  return { status, title, detail, code };
}
