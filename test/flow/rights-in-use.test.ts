import * as v from 'valibot';
import { beforeAll, describe, expect, it } from 'vitest';
import type { AwsCall } from '../../infra/local/environment.ts';
import { type FunctionName, functionNames } from '../../infra/routes.ts';
import type { DecryptionReason } from '../../lambdas/grants/log-decryptions.ts';
import { Browser } from '../support/browser.ts';
import { backendOf, invite, newPkce, postJson, signInElsewhere, signInOnPhone } from '../support/callers.ts';
import { synthesise } from '../support/cloud.ts';
import { drainQueue } from '../support/drain-queue.ts';
import { putSigned } from '../support/login-rows.ts';
import { rightsOfCall } from '../support/right-of-call.ts';
import { type Right, rightsOf } from '../support/rights.ts';
import { type Site, startSite } from '../support/site.ts';

const ada = 'ada@example.com';
const app = 'https://app.example.com';
const paused = 'linus@example.org';
const leaving = 'grace@example.com';
const day = 86_400_000;

/** Which token it is, in the order in which a line tells it. */
const encryption = v.object({ tokenKind: v.string(), accountId: v.optional(v.string()) });

/** Is told of each call when it arrives. */
type OnCall = (call: AwsCall) => void;

/** Sets who is told of each call. */
type Watch = (onCall: OnCall) => void;

/** One journey through everything that each function does, and each AWS call that it made on the way. */
describe('the rights of each function', () => {
  const calls: AwsCall[] = [];
  let logs: Site['logs'] = [];

  beforeAll(async () => {
    let onCall: OnCall = () => {};
    const onAwsCall = (call: AwsCall) => {
      calls.push(call);
      onCall(call);
    };
    const site = await startSite({
      ...{ demoMessages: 5, sync: false, onAwsCall },
      ...{ allowedReturnOrigins: app, accessTokens: 'on' },
    });
    try {
      await travel(site, (next) => {
        onCall = next;
      });
    } finally {
      await site.close();
      logs = site.logs;
    }
  });

  const synthesis = synthesise();

  it.each(functionNames)('%s: no call without its right, no right without its call', (name) => {
    const granted = rightsOf(synthesis, name).map(inWords);
    const used = calls
      .filter((call) => call.functionName === name)
      .flatMap(rightsOfCall)
      .map((right) => {
        // Who may read the whole table may read the failed messages in it.
        const whole = inWords({ ...right, keys: '' });
        return right.table === 'messages' && granted.includes(whole) ? whole : inWords(right);
      });
    expect([...new Set(used)].sort()).toEqual([...new Set(granted)].sort());
  });

  it('are asked for under a name that is a function’s', () => {
    const callers = new Set(calls.flatMap(({ functionName }) => functionName ?? []));
    expect([...callers].filter((caller) => !functionNames.includes(caller as FunctionName))).toEqual([]);
  });

  it.each(functionNames)('%s: no decryption without its line in the log, and the reason', (name) => {
    const contexts = calls
      .filter(({ functionName, action }) => functionName === name && action === 'Decrypt')
      .map(({ input }) => v.parse(encryption, input['EncryptionContext']));
    const said = logs
      .filter(({ functionName, fields }) => functionName === name && fields['event'] === 'token decrypted')
      .map(({ fields: { event: _, ...fields } }) => JSON.stringify(fields));
    const reason = reasons[name];
    expect(contexts.length > 0).toBe(reason !== undefined);
    const expected = contexts.map((context) => JSON.stringify({ ...context, reason }));
    expect(said.toSorted()).toEqual(expected.toSorted());
  });

  it('to the token key are used under the account’s or the login’s whole context', () => {
    const uses = calls.filter(({ service, functionName }) => service === 'kms' && functionName);
    for (const { input } of uses) {
      const context = input['EncryptionContext'] as Record<string, string>;
      const owner = context['tokenKind'] === 'login' ? 'loginId' : 'accountId';
      expect(Object.keys(context).sort()).toEqual([owner, 'clientId', 'service', 'tokenKind'].sort());
      expect(Object.values(context)).not.toContain('');
    }
  });
});

/** What each function that decrypts says it does it for; all others decrypt nothing. */
const reasons: Partial<Record<FunctionName, DecryptionReason>> = {
  'auth-callback': 'complete a consent',
  'access-token': 'issue an access token',
  'messages-list': 'read mail',
  'message-get': 'read mail',
  'labels-list': 'read mail',
  'mailbox-disconnect': 'revoke a grant',
  'sync-mailbox': 'sync a mailbox',
  'sync-sweep': 'revoke a grant',
};

async function travel(site: Site, watch: Watch): Promise<void> {
  const browser = await site.connected();
  await syncMail(site, browser);
  await useTheSite(site, browser);
  await consentAgain(site, browser);
  await followLinks(site);
  await signInFromElsewhere(site);
  await workAsBackend(site);
  await sweepUp(site, watch);
  await leave(site, browser, watch);
}

/** What Google says when the whole project has spent its minute. */
const projectRefusal =
  "Quota exceeded for quota metric 'Queries' and limit 'Queries per minute' of service …";

/** The scheduled sync: a backfill, every kind of change, a comparison, a refusal, and a token that has ended. */
async function syncMail(site: Site, browser: Browser): Promise<void> {
  const mailbox = `/accounts/${ada}/messages`;
  const [relabelled, deleted] = await site.truth(ada);
  let minutes = 0;
  /** Longer than a quiet mailbox waits for its next poll. */
  const syncLater = async () => {
    minutes += 10;
    site.setClockOffset(minutes * 60_000);
    await site.tick();
    await drainQueue(site);
  };
  await syncLater();
  await site.admin('POST', `${mailbox}/${relabelled?.id}/labels`, { add: ['STARRED'] });
  await site.admin('DELETE', `${mailbox}/${deleted?.id}`);
  await syncLater();
  await site.admin('POST', mailbox, { subject: 'Cannot be copied' });
  // The first job has no units left to learn whether Gmail refuses this message only; the second has.
  await site.fault('messages.get', { status: 400 }, 2);
  await syncLater();
  minutes += 60;
  await syncLater();
  // A comparison finds that the copy of a message lost its labels.
  const copied = (await site.messages()).find(({ messageId }) => messageId === relabelled?.id);
  await site.put('messages', { ...copied, labelIds: [] });
  await browser.fetch(`${site.origin}/mailbox/verify`, { method: 'POST' });
  // One job begins it, another goes through with it.
  await syncLater();
  await syncLater();
  await site.fault('history.list', { status: 429, body: { error: { message: projectRefusal } } });
  await syncLater();
  // The state of a generation whose disconnect was cut off: the next consent has its copy erased.
  site.setClockOffset(0);
  const [state] = await site.items('mailboxes');
  await site.put('mailboxes', { ...state, generation: 'ended' });
  await site.consent(browser);
  await drainQueue(site);
  // Removed at Google: the mailbox pauses, and the next consent resumes it.
  await site.admin('POST', `/accounts/${ada}/revoke`);
  await syncLater();
  site.setClockOffset(0);
  await site.consent(browser);
}

async function useTheSite(site: Site, browser: Browser): Promise<void> {
  const { origin } = site;
  const [message] = await site.truth(ada);
  await haveFailure(site);
  const requests = [
    ['GET', '/messages?view=summary'],
    ['GET', `/messages/${message?.id}`],
    ['GET', '/mailbox/labels'],
    ['GET', '/mailbox'],
    ['GET', '/mailbox/messages'],
    ['GET', `/mailbox/messages/${message?.id}`],
    ['GET', '/mailbox/changes?view=summary'],
    ['POST', '/mailbox/sync'],
    ['GET', '/'],
  ] as const;
  for (const [index, [method, path]] of requests.entries()) {
    await browser.fetch(origin + path, { method });
    // Days later the use of the session is written down, and the access token has ended.
    await rest(site, 2);
    site.setClockOffset((index + 1) * (day / 12));
    await browser.fetch(origin + path, { method });
  }
  site.setClockOffset(0);
  for (const path of ['/messages', `/messages/${message?.id}`, '/mailbox/labels']) {
    // The first units of a minute are not counted. Beyond what is theirs in any case, calls look at what the sync
    // takes.
    for (let count = 0; count <= 21; count++) await browser.fetch(origin + path);
    const taken = (await site.items('usage')).filter(({ id }) => String(id).startsWith('live#'));
    for (const row of taken) await site.put('usage', { ...row, units: 1_000 });
    await browser.fetch(origin + path);
  }
  // Then the names of the labels come from the copy.
  await site.fault('labels.list', { status: 429 });
  await browser.fetch(`${origin}/mailbox/labels`);
}

/** Some message could not be copied, of which the status tells. */
async function haveFailure(site: Site): Promise<void> {
  const [state] = await site.items('mailboxes');
  await site.put('mailboxes', { ...state, failed: 1 });
}

/** With no refresh token, with a code that fails, and from a browser that is remembered. */
async function consentAgain(site: Site, browser: Browser): Promise<void> {
  await site.fault('token.code', { omit: ['refresh_token'] });
  await site.consent(browser);
  await site.fault('token.code', { status: 400, body: { error: 'invalid_grant' } });
  await site.consent(browser);
  await rest(site, 31);
  await site.consent(browser);
  await browser.open(`${site.origin}/auth/problem?problem=access_denied`);
}

/** A link that is used, and one that is put back since nothing could be stored; that callback comes twice. */
async function followLinks(site: Site): Promise<void> {
  const browser = new Browser();
  const page = await site.consent(browser, { start: await invite(site, 'acme'), stopBeforeCallback: true });
  site.aws.failNext({ service: 'dynamodb', action: 'PutItem', failure: { error: 'ValidationException' } });
  for (let times = 0; times < 2; times++) await browser.open(page.headers.get('location') ?? '');
  await site.consent(browser, { start: await invite(site, 'acme') });
}

/**
 * An application on another origin; and a phone, for a mailbox in each of the states in which a consent can find it.
 */
async function signInFromElsewhere(site: Site): Promise<void> {
  await new Browser().open(`${site.origin}/auth/callback?code=4/0-of-nobody&state=of-nobody`);
  const { codeVerifier, codeChallenge } = newPkce();
  const address = await signInElsewhere(site, new Browser(), `${app}/`, { codeChallenge });
  const handoff = address.searchParams.get('handoff');
  await postJson(site, '/auth/session', { handoff, codeVerifier });

  const onPhone = async (forceCodeForRefreshToken: boolean) => {
    const brought = await signInOnPhone(site, newPkce(), ada, { forceCodeForRefreshToken });
    await postJson(site, '/auth/code', brought);
  };
  await onPhone(false);
  const [mailbox] = await site.items('mailboxes');
  await site.put('mailboxes', { ...mailbox, phase: 'paused' });
  await onPhone(true);
  await site.put('mailboxes', { ...mailbox, generation: 'ended' });
  await onPhone(true);
  await drainQueue(site);
}

async function workAsBackend(site: Site): Promise<void> {
  const ask = backendOf(site);
  await haveFailure(site);
  const [grant] = await site.items('grants');
  const account = `/accounts/${String(grant?.['accountId'])}`;
  for (const query of [{}, { owner: 'acme' }, { email: ada }]) await ask('GET', '/accounts', { query });
  const requests = [
    ['GET', account],
    ['GET', `${account}/mailbox/messages`],
    ['POST', `${account}/sync`],
    ['GET', `${account}/changes`],
    ['GET', '/changes'],
    ['POST', `${account}/access-token`],
  ] as const;
  for (const [method, path] of requests) {
    for (const query of [{}, { owner: 'acme' }]) await ask(method, path, { query });
  }
  // The access token has ended: it is renewed, and written down.
  site.setClockOffset(day / 12);
  await ask('POST', `${account}/access-token`);
  await site.invoke('changes-publish', { scheduledTime: new Date().toISOString() });
  site.setClockOffset(0);
}

/**
 * A grant from before there was a sync, a copy whose grant is gone, a mailbox that is paused though its grant is
 * active, and a disconnect that was cut off.
 */
async function sweepUp(site: Site, watch: Watch): Promise<void> {
  await site.connected({ account: paused });
  await site.connected({ account: leaving });
  const grants = await site.items('grants');
  const mailboxes = await site.items('mailboxes');
  const of = (email: string) => {
    const grant = grants.find((candidate) => candidate['email'] === email);
    return { grant, mailbox: mailboxes.find(({ accountId }) => accountId === grant?.['accountId']) };
  };
  await site.forget('mailboxes');
  await site.put('mailboxes', { ...of(ada).mailbox, accountId: '1', generation: 'ended' });
  await site.put('mailboxes', { ...of(paused).mailbox, phase: 'paused' });
  await site.put('grants', { ...of(leaving).grant, status: 'disconnecting', statusSince: 0 });
  const sweep = () => site.invoke('sync-sweep', { scheduledTime: new Date().toISOString() });
  // Its time is over when it has read its first page: the next sweep goes on from there.
  watch(endTime(site, 'sync-sweep', 'Scan'));
  await sweep();
  watch(() => {});
  site.setClockOffset(0);
  await sweep();
  await drainQueue(site);
}

async function leave(site: Site, browser: Browser, watch: Watch): Promise<void> {
  await browser.copy().fetch(`${site.origin}/mailbox`, { method: 'DELETE' });
  await browser.fetch(`${site.origin}/auth/logout`, { method: 'POST' });
  // The worker's time is over when it has read its first page: the erasure goes on in another run.
  watch(endTime(site, 'sync-mailbox', 'Query'));
  await drainQueue(site);
}

/** Ends the time of a function with such a call of it. */
function endTime(site: Site, name: FunctionName, ending: string): OnCall {
  return ({ functionName, action }) => {
    if (functionName === name && action === ending) site.setClockOffset(day);
  };
}

/** Lets every session have gone unused for some days. */
async function rest(site: Site, days: number): Promise<void> {
  for (const item of await site.items('logins')) {
    if (item['renewedAt'] === undefined) continue;
    await putSigned(site, { ...item, renewedAt: Number(item['renewedAt']) - days * day });
  }
}

function inWords({ service, action, kind, table, index, tokenKind, keys, attributes }: Right): string {
  const place = [table, index].filter((part) => part !== undefined).join('/');
  const narrowed = tokenKind ?? keys ?? (attributes && [...attributes].sort().join(' '));
  return [service, action, kind, place, narrowed]
    .filter((part) => part !== undefined && part !== '')
    .join(' ');
}
