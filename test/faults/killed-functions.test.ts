import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import type { FunctionName } from '../../infra/routes.ts';
import { Browser } from '../support/browser.ts';
import { backendOf, getAs, newPkce, postJson, signInElsewhere } from '../support/callers.ts';
import { connectedPerson } from '../support/disconnect-race.ts';
import { Interruptions } from '../support/interruptions.ts';
import { type Deed, dieAtEachWrite } from '../support/killing.ts';
import { type Site, startSite } from '../support/site.ts';

const app = 'https://app.example.com';
const interruptions = new Interruptions();
let site: Site;

beforeAll(async () => {
  site = await startSite({
    demoMessages: 1,
    accessTokens: 'on',
    allowedReturnOrigins: app,
    onAwsCall: interruptions.onAwsCall,
  });
});
afterAll(() => site.close());
beforeEach(() => site.forget());

async function aHandoff(): Promise<Deed> {
  const begin = async () => {
    const { codeVerifier, codeChallenge } = newPkce();
    const address = await signInElsewhere(site, new Browser(), `${app}/`, { codeChallenge });
    return { handoff: address.searchParams.get('handoff'), codeVerifier };
  };
  const proof = await begin();
  const takeOver = (given: object) => postJson(site, '/auth/session', given, { origin: app });
  return {
    act: () => takeOver(proof),
    again: async () => {
      const second = await takeOver(proof);
      expect([200, 400]).toContain(second.status);
      const { body } = second.status === 200 ? second : await takeOver(await begin());
      expect((await getAs(site, body['sessionToken'], '/messages')).status).toBe(200);
    },
  };
}

/** A connected person whose access token has ended. */
async function personToRefresh() {
  const person = await connectedPerson(site);
  const [grant] = await site.items('grants');
  await site.put('grants', { ...grant, accessTokenExpiresAt: 0 });
  return person;
}

async function aRefresh(): Promise<Deed> {
  const { browser } = await personToRefresh();
  return {
    act: () => browser.fetch(`${site.origin}/messages`),
    again: async () => {
      expect((await browser.fetch(`${site.origin}/messages`)).status).toBe(200);
      expect(await site.items('grants')).toMatchObject([{ status: 'active' }]);
    },
  };
}

async function anAccessToken(): Promise<Deed> {
  const { accountId } = await personToRefresh();
  const ask = () => backendOf(site)('POST', `/accounts/${accountId}/access-token`);
  return {
    act: ask,
    again: async () => {
      expect((await ask()).status).toBe(200);
      expect(await site.items('grants')).toMatchObject([{ status: 'active' }]);
    },
  };
}

async function aRequestedSync(): Promise<Deed> {
  const { browser } = await connectedPerson(site);
  const ask = () => browser.fetch(`${site.origin}/mailbox/sync`, { method: 'POST' });
  return {
    act: ask,
    again: async () => {
      expect((await ask()).status).toBe(202);
      expect(await site.items('mailboxes')).toMatchObject([{ requestedAt: expect.any(Number) }]);
    },
  };
}

async function aLogout(): Promise<Deed> {
  const { browser } = await connectedPerson(site);
  const ask = () => browser.fetch(`${site.origin}/auth/logout`, { method: 'POST' });
  return {
    act: ask,
    again: async () => {
      expect((await ask()).status).toBe(204);
      const ids = (await site.items('logins')).map(({ id }) => String(id));
      expect(ids.filter((id) => id.startsWith('session#'))).toEqual([]);
    },
  };
}

const deeds: readonly (readonly [what: string, functionName: FunctionName, prepare: () => Promise<Deed>])[] =
  [
    ['a handoff', 'auth-session', aHandoff],
    ['a listing that needs a new access token', 'messages-list', aRefresh],
    ['an access token for a backend', 'access-token', anAccessToken],
    ['a request for a sync', 'sync-request', aRequestedSync],
    ['a logout', 'auth-logout', aLogout],
  ];

it.each(deeds)(
  '%s comes right at the next try, wherever %s died over it',
  async (_, functionName, prepare) => {
    await dieAtEachWrite(site, interruptions, functionName, prepare);
  },
);
