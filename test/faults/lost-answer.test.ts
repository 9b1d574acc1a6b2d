import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { AwsCall } from '../../infra/local/environment.ts';
import { Browser } from '../support/browser.ts';
import { backendOf, getAs, invite, newPkce, postJson, signInElsewhere } from '../support/callers.ts';
import { drainQueue } from '../support/drain-queue.ts';
import { type FaultySite, nameOfCall, once, startFaultySite } from '../support/faulty-site.ts';
import { answersOf, countAnswers } from '../support/fired-faults.ts';

const app = 'https://app.example.com';

let site: FaultySite;

beforeAll(async () => {
  site = await startFaultySite({ demoMessages: 5, allowedReturnOrigins: `${app}/done` });
});
afterAll(() => site.close());
beforeEach(() => site.forget());
afterEach(() => site.plan());

const keyOf = ({ input }: AwsCall) => JSON.stringify(input['Key'] ?? input['Item'] ?? {});
const isWriteOf =
  (functionName: string, action: string, prefix: string) =>
  (call: AwsCall): boolean =>
    call.functionName === functionName && call.action === action && keyOf(call).includes(prefix);

/** Lets the answer of a write get lost, after which the SDK repeats the call. */
const lose = (isMeant: (call: AwsCall) => boolean) => site.plan(once(isMeant, 'lost'));

/** Whether some call was made again, as it was. */
function wasRepeated(): boolean {
  const names = site.callsOfPlan().map(nameOfCall);
  return new Set(names).size < names.length;
}

const grants = () => site.items('grants');
const rowsUnder = async (prefix: string) =>
  (await site.items('logins')).filter(({ id }) => String(id).startsWith(prefix));

describe('where the answer to a write was lost, and the write is repeated,', () => {
  it('a state is taken by the callback that took it, whose code is spent once', async () => {
    await countAnswers(site, 'token.code');
    const browser = new Browser();
    const page = await site.consent(browser, { stopBeforeCallback: true });
    lose(isWriteOf('auth-callback', 'UpdateItem', 'state#'));
    const answer = await browser.open(page.headers.get('location') ?? '');
    expect(wasRepeated()).toBe(true);
    expect(answer.status).toBe(200);
    expect([await grants(), await rowsUnder('session#')]).toMatchObject([[{ status: 'active' }], [{}]]);
    expect(await answersOf(site, 'token.code')).toBe(1);
  });

  it('a connect link is used up by the consent that was stored', async () => {
    const browser = new Browser();
    const start = await invite(site, 'acme');
    const page = await site.consent(browser, { start, stopBeforeCallback: true });
    lose((call) => call.functionName === 'auth-callback' && keyOf(call).includes('link#'));
    const answer = await browser.open(page.headers.get('location') ?? '');
    expect(wasRepeated()).toBe(true);
    expect(answer.status).toBe(200);
    expect(await grants()).toEqual([expect.objectContaining({ owner: 'acme', status: 'active' })]);
    expect((await new Browser().open(start)).status).toBe(400);
    expect((await browser.open(start)).status).toBe(400);
  });

  it('a handoff gives no session, and one signs in again', async () => {
    const pkce = newPkce();
    const url = await signInElsewhere(site, new Browser(), `${app}/done`, pkce);
    const proof = { handoff: url.searchParams.get('handoff'), codeVerifier: pkce.codeVerifier };
    lose(isWriteOf('auth-session', 'DeleteItem', 'handoff#'));
    const { status, body } = await postJson(site, '/auth/session', proof, { origin: app });
    expect(wasRepeated()).toBe(true);
    expect([status, body['code']]).toEqual([400, 'invalid_handoff']);
    expect([await rowsUnder('handoff#'), await rowsUnder('session#')]).toEqual([[], []]);
  });

  it('a grant is stored once, with its owner', async () => {
    const browser = new Browser();
    const page = await site.consent(browser, { start: await invite(site, 'acme'), stopBeforeCallback: true });
    lose(isWriteOf('auth-callback', 'PutItem', 'refreshToken'));
    const answer = await browser.open(page.headers.get('location') ?? '');
    expect(wasRepeated()).toBe(true);
    expect(answer.status).toBe(200);
    expect(await grants()).toEqual([expect.objectContaining({ owner: 'acme', status: 'active' })]);
    expect((await browser.fetch(`${site.origin}/messages`)).status).toBe(200);
  });

  it.each(['PutItem', 'UpdateItem'])(
    'a mailbox that connects is copied (%s of its state)',
    async (action) => {
      lose((call) => call.action === action && keyOf(call).includes('nextDueAt'));
      await site.connected();
      await site.tick(Date.now() + 60_000);
      await drainQueue(site);
      expect(await site.messages()).toHaveLength(5);
    },
  );

  it('a session that was handed out opens the mailbox', async () => {
    const browser = new Browser();
    lose(isWriteOf('auth-callback', 'PutItem', 'session#'));
    expect((await site.consent(browser)).status).toBe(200);
    expect(wasRepeated()).toBe(true);
    expect(await rowsUnder('session#')).toHaveLength(1);
    const token = browser.cookie('localhost', 'session');
    expect((await getAs(site, token, '/mailbox')).status).toBe(200);
  });

  it('a disconnect says that the grant is gone, and it is', async () => {
    const browser = await site.connected();
    lose((call) => call.functionName === 'mailbox-disconnect' && call.action === 'DeleteItem');
    const { status, text } = await browser.fetch(`${site.origin}/mailbox`, { method: 'DELETE' });
    expect(wasRepeated()).toBe(true);
    expect([status, JSON.parse(text)]).toEqual([202, { status: 'disconnected', revokedAtGoogle: true }]);
    expect([await grants(), await rowsUnder('session#')]).toEqual([[], []]);
  });

  it('a disconnect that is marked twice goes on', async () => {
    await site.connected();
    const [grant] = await grants();
    lose((call) => call.functionName === 'mailbox-disconnect' && call.action === 'UpdateItem');
    const { status } = await backendOf(site)('DELETE', `/accounts/${String(grant?.['accountId'])}`);
    expect(wasRepeated()).toBe(true);
    expect(status).toBe(202);
    expect(await grants()).toEqual([]);
  });

  it('a tick runs all the same, once', async () => {
    await site.connected();
    lose(isWriteOf('sync-dispatch', 'PutItem', 'tick#'));
    const scheduledAt = Date.now() + 60_000;
    await site.tick(scheduledAt);
    expect(wasRepeated()).toBe(true);
    expect((await site.items('mailboxes'))[0]?.['claim']).toBeDefined();
    await site.tick(scheduledAt);
    await drainQueue(site);
    expect(await site.messages()).toHaveLength(5);
    expect(site.logs.filter(({ fields }) => fields['event'] === 'tick already run')).toHaveLength(1);
  });

  it('the units of a tick are charged to the day once', async () => {
    await site.connected();
    lose(isWriteOf('sync-dispatch', 'UpdateItem', 'day#'));
    await site.tick(Date.now() + 60_000);
    expect(wasRepeated()).toBe(true);
    const day = (await site.items('usage')).find(({ id }) => String(id).startsWith('day#'));
    expect(await site.items('mailboxes')).toEqual([
      expect.objectContaining({ claim: expect.objectContaining({ units: day?.['all'] }) }),
    ]);
  });

  it.each([
    ['claim', 'sync-dispatch', 'claim'],
    ['progress', 'sync-mailbox', 'historyId'],
    ['end', 'sync-mailbox', 'lastSyncAt'],
  ])('a job goes on as if nothing had been (%s)', async (_, functionName, attribute) => {
    await site.connected();
    const names = ({ input }: AwsCall) => JSON.stringify(input['ExpressionAttributeNames'] ?? {});
    lose(
      (call) =>
        call.functionName === functionName &&
        call.action === 'UpdateItem' &&
        names(call).includes(`"${attribute}"`),
    );
    await site.tick(Date.now() + 60_000);
    await drainQueue(site);
    expect(wasRepeated()).toBe(true);
    expect(await site.messages()).toHaveLength(5);
    expect((await site.items('mailboxes'))[0]).toMatchObject({ phase: 'live', copied: 5 });
  });
});
