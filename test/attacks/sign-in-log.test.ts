import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { Browser } from '../support/browser.ts';
import { getAs, newPkce, postJson, signInElsewhere, signInOnPhone } from '../support/callers.ts';
import { type Site, startSite } from '../support/site.ts';

const ada = 'ada@example.com';
const app = 'https://app.example.com';

let site: Site;
let start = 0;
beforeAll(async () => {
  site = await startSite({ demoMessages: 1, allowedReturnOrigins: `${app}/back` });
  await site.connected();
});
afterAll(() => site.close());
beforeEach(() => {
  start = site.logs.length;
});

const accountId = async () => (await site.items('grants'))[0]?.['accountId'];
const linesOf = (functionName: string) =>
  site.logs
    .slice(start)
    .filter((line) => line.functionName === functionName)
    .map(({ fields }) => fields);
const started = async () => ({ event: 'session started', accountId: await accountId() });

it('tells of every session that a browser begins, and of whom', async () => {
  await site.connected();
  expect(linesOf('auth-callback')).toContainEqual(await started());
});

it('tells of every session that is handed over', async () => {
  const pkce = newPkce();
  const back = await signInElsewhere(site, new Browser(), `${app}/back`, pkce);
  expect(linesOf('auth-callback')).not.toContainEqual(await started());
  const handoff = back.searchParams.get('handoff');
  await postJson(site, '/auth/session', { handoff, codeVerifier: pkce.codeVerifier });
  expect(linesOf('auth-session')).toContainEqual(await started());
});

it('tells of every session that a code brings', async () => {
  const { status } = await postJson(site, '/auth/code', await signInOnPhone(site, newPkce(), ada));
  expect(status).toBe(200);
  expect(linesOf('auth-code')).toContainEqual(await started());
});

it.each<[string, string, () => Promise<unknown>]>([
  ['mailbox-status', 'login_required', () => getAs(site, 'a'.repeat(43), '/mailbox')],
  ['auth-callback', 'invalid_state', () => fetch(`${site.origin}/auth/callback?code=guessed&state=guessed`)],
  ['sync-request', 'cross_site', () => fetch(`${site.origin}/mailbox/sync`, { method: 'POST' })],
  [
    'auth-session',
    'invalid_handoff',
    () => postJson(site, '/auth/session', { handoff: 'guessed', codeVerifier: 'a'.repeat(43) }),
  ],
])('tells of who was refused: %s, %s', async (functionName, code, attack) => {
  await attack();
  expect(linesOf(functionName)).toContainEqual(expect.objectContaining({ event: 'request', code }));
  expect(JSON.stringify(linesOf(functionName))).not.toContain('guessed');
});
