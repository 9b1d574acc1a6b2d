import { afterAll, beforeAll, expect, it, onTestFinished, vi } from 'vitest';
import { type AskGoogle, listMail, readChanges, signInOnPhone } from '../integrations/mobile-client.ts';
import { serverAuthCode } from '../support/callers.ts';
import { type Site, startSite } from '../support/site.ts';

const ada = 'ada@example.com';

let site: Site;

beforeAll(async () => {
  // An app on a phone is no origin: nothing has to be allowed.
  site = await startSite({ demoMessages: 8 });
});
afterAll(() => site.close());

it('signs a person in on a phone, and lists mail', async () => {
  const asked: { clientId: string; scopes: string[] }[] = [];
  const { sessionToken, account } = await signInOnPhone(site.origin, (request) => {
    asked.push(request);
    return serverAuthCode(site, ada, request);
  });
  expect(account.email).toBe(ada);
  expect(asked[0]?.scopes).toContain('https://www.googleapis.com/auth/gmail.readonly');
  const truth = await site.truth(ada);
  const listed = await listMail(site.origin, sessionToken);
  expect(listed.map(({ id }) => id)).toEqual(truth.slice(0, 5).map(({ id }) => id));
});

it('is told of a new message', async () => {
  const synced = await startSite({ demoMessages: 8, sync: true, syncIntervalSeconds: 1 });
  onTestFinished(() => synced.close());
  const { origin } = synced;
  const { sessionToken } = await signInOnPhone(origin, (request) => serverAuthCode(synced, ada, request));
  const soon = { timeout: 60_000, interval: 250 };
  const told: string[] = [];
  let { cursor } = await readChanges(origin, sessionToken, 'now');
  const hear = async () => {
    const page = await readChanges(origin, sessionToken, cursor);
    told.push(...page.changes.map(({ type }) => type));
    cursor = page.cursor;
  };
  await vi.waitFor(async () => {
    await hear();
    expect(told).toContain('caught_up');
  }, soon);

  const before = await listMail(origin, sessionToken);
  await synced.admin('POST', `/accounts/${ada}/messages`, { subject: 'Told on a phone' });
  told.length = 0;
  await vi.waitFor(async () => {
    await hear();
    expect(told).toEqual(['added']);
  }, soon);
  const [newest, next] = await listMail(origin, sessionToken);
  expect(next?.id).toBe(before[0]?.id);
  expect(newest?.id).not.toBe(before[0]?.id);
});

it('holds a grant that outlives the app’s session', async () => {
  await site.forget();
  await signInOnPhone(site.origin, (request) => serverAuthCode(site, ada, request));
  expect(await site.items('grants')).toMatchObject([{ email: ada, status: 'active' }]);
});

it('asks again when Google gave the phone no refresh token', async () => {
  await site.forget();
  await site.admin('POST', `/accounts/${ada}/revoke`);
  const withoutForce: AskGoogle = (request) =>
    serverAuthCode(site, ada, { ...request, forceCodeForRefreshToken: false });
  // The account's first consent brings one, later ones do not.
  await signInOnPhone(site.origin, withoutForce);
  await site.forget();
  await expect(signInOnPhone(site.origin, withoutForce)).rejects.toThrow('no_refresh_token');
  expect(await site.items('grants')).toEqual([]);
  await signInOnPhone(site.origin, (request) => serverAuthCode(site, ada, request));
  expect(await site.items('grants')).toHaveLength(1);
});

it('says so when a Gmail scope was not granted', async () => {
  await site.forget();
  const signedIn = signInOnPhone(site.origin, ({ clientId, nonce }) =>
    serverAuthCode(site, ada, { clientId, nonce, scopes: ['openid', 'email'] }),
  );
  await expect(signedIn).rejects.toThrow('insufficient_scope');
});
