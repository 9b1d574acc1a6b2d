import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Failure } from '../../infra/local/aws/faults.ts';
import type { AwsCall } from '../../infra/local/environment.ts';
import { Browser } from '../support/browser.ts';
import { newPkce, problemOn, signInOnPhone } from '../support/callers.ts';
import { drainQueue } from '../support/drain-queue.ts';
import { always, type FaultySite, startFaultySite } from '../support/faulty-site.ts';
import { answersOf, countAnswers } from '../support/fired-faults.ts';
import { type SiteSecret, secretOf } from '../support/site-secret.ts';

const hour = 3_600_000;
/** Longer than a process remembers the OAuth client. */
const remembered = 6 * 60_000;

let site: FaultySite;
let secret: SiteSecret;
let file: string;
let browser: Browser;

beforeAll(async () => {
  site = await startFaultySite({ demoMessages: 5 });
  secret = secretOf(site);
  file = await secret.read();
});
afterAll(async () => {
  secret.close();
  await site.close();
});
beforeEach(async () => {
  await site.forget();
  browser = await site.connected();
});
afterEach(async () => {
  site.plan();
  site.setClockOffset(0);
  await site.admin('DELETE', '/faults');
  await secret.upload(file);
});

const list = async () => {
  const { status, text } = await browser.fetch(`${site.origin}/messages`);
  return { status, code: status < 400 ? undefined : JSON.parse(text).code };
};
/** A read of the OAuth client; the login key lies there too. */
const isRead = ({ action, input }: AwsCall) =>
  action === 'GetSecretValue' && input['SecretId'] === site.aws.clientSecretId;
const grants = () => site.items('grants');

/** Another client’s file: another ID, or the same ID and another secret. */
function fileOf(changes: { readonly id?: string; readonly secret?: string }): string {
  const changed = JSON.parse(file);
  if (changes.id !== undefined) changed.web.client_id = changes.id;
  if (changes.secret !== undefined) changed.web.client_secret = changes.secret;
  return JSON.stringify(changed);
}

describe('a secret that cannot be read', () => {
  it.each<[string, Failure, string]>([
    ['for throttling', { error: 'ThrottlingException' }, 'storage_unavailable'],
    ['for a fault of the service', { error: 'InternalServiceError', status: 500 }, 'storage_unavailable'],
    ['for dropped connections', 'reset', 'storage_unavailable'],
    ['for answers that are cut off', 'cut', 'storage_unavailable'],
    [
      'for a proxy’s page',
      { answer: { status: 200, contentType: 'text/html', body: '<p>Hello</p>' } },
      'storage_unavailable',
    ],
    [
      'for a huge answer',
      {
        answer: {
          status: 200,
          contentType: 'application/x-amz-json-1.1',
          body: Buffer.alloc(20_000_000, ' '),
        },
      },
      'storage_unavailable',
    ],
    ['for want of a right', { error: 'AccessDeniedException' }, 'misconfigured'],
    ['since nothing was uploaded yet', { error: 'ResourceNotFoundException' }, 'misconfigured'],
    ['since it is being deleted', { error: 'InvalidRequestException' }, 'misconfigured'],
    ['since its own key is shut', { error: 'DecryptionFailure' }, 'misconfigured'],
  ])('%s is told as what it is, and read when that is mended', async (_, failure, code) => {
    await site.kill('messages-list');
    const before = await grants();
    site.plan(always(isRead, failure));
    expect(await list()).toEqual({ status: 503, code });
    const remedy = code === 'misconfigured' ? expect.any(String) : undefined;
    expect(site.logs.at(-1)?.fields).toMatchObject({ code, ...(remedy && { remedy }) });
    expect(await grants()).toEqual(before);
    site.plan();
    expect((await list()).status).toBe(200);
  });

  it('keeps nobody from Google: consents begin without it', async () => {
    await site.kill('auth-url');
    site.plan(always(isRead, { error: 'AccessDeniedException' }));
    const page = await new Browser().open(`${site.origin}/auth/login`, { stay: true });
    expect(page.status).toBe(303);
    expect(site.callsOfPlan().filter(isRead)).toEqual([]);
  });

  it('is not needed while a process remembers it', async () => {
    await site.kill('messages-list');
    await list();
    site.plan(always(isRead, 'reset'));
    expect((await list()).status).toBe(200);
    site.setClockOffset(remembered);
    expect(await list()).toEqual({ status: 503, code: 'storage_unavailable' });
  });
});

describe('a secret that holds', () => {
  it.each([
    ['no JSON', () => 'GOCSPX-secret'],
    ['half a file', () => file.slice(0, 40)],
    ['a client of another type', () => file.replace('"web"', '"installed"')],
    ['a client without a secret', () => fileOf({ secret: '' })],
    ['an empty object', () => '{}'],
    ['another kind of JSON', () => '[null]'],
  ])('%s is the operator’s to mend, and the right one serves at once', async (_, wrong) => {
    await secret.upload(wrong());
    const before = await grants();
    await site.kill('messages-list');
    expect(await list()).toEqual({ status: 503, code: 'misconfigured' });
    expect(site.logs.at(-1)).toMatchObject({
      level: 'error',
      fields: { code: 'misconfigured', remedy: expect.stringContaining('client_secret.json') },
    });
    expect(JSON.stringify(site.logs)).not.toContain('GOCSPX');
    expect(await grants()).toEqual(before);
    await secret.upload(file);
    expect((await list()).status).toBe(200);
  });
});

const bothSteps =
  /option clientId and .* name different clients: deploy with the client ID in the file, or upload the file/;

describe('a secret of another client', () => {
  const another = '1-another.apps.googleusercontent.com';

  afterEach(async () => {
    for (const name of ['auth-callback', 'messages-list', 'sync-mailbox'] as const) await site.kill(name);
  });

  it('shuts the grants of the first, and with the first again they serve as they were', async () => {
    await site.kill('messages-list');
    expect((await list()).status).toBe(200);
    await secret.upload(fileOf({ id: another }));
    const before = await grants();
    expect((await list()).status).toBe(200);
    site.setClockOffset(remembered);
    expect(await list()).toEqual({ status: 401, code: 'client_changed' });
    expect(await grants()).toEqual(before);
    await secret.upload(file);
    site.setClockOffset(2 * remembered);
    expect((await list()).status).toBe(200);
  });

  it('ends a consent that began with the first before its code is spent, and says what to do', async () => {
    await countAnswers(site, 'token.code');
    const person = new Browser();
    const page = await site.consent(person, { account: 'grace@example.com', stopBeforeCallback: true });
    await secret.upload(fileOf({ id: another }));
    await site.kill('auth-callback');
    const answer = await person.open(page.headers.get('location') ?? '');
    expect([answer.status, problemOn(answer)]).toEqual([503, 'misconfigured']);
    expect(site.logs.map(({ fields }) => fields)).toContainEqual(
      expect.objectContaining({ code: 'misconfigured', remedy: expect.stringMatching(bothSteps) }),
    );
    expect(await answersOf(site, 'token.code')).toBe(0);
    expect(await grants()).toHaveLength(1);
  });

  it('pauses the sync, which the day’s sweep sets going again with the first', async () => {
    await secret.upload(fileOf({ id: another }));
    await site.kill('sync-mailbox');
    await syncAt(1);
    expect((await site.items('mailboxes'))[0]).toMatchObject({
      phase: 'paused',
      pausedBecause: 'client_changed',
    });
    await secret.upload(file);
    await site.kill('sync-mailbox');
    await site.invoke('sync-sweep', { scheduledTime: new Date().toISOString() });
    await syncAt(20);
    expect(await site.messages()).toHaveLength(5);
  });

  it('refuses the code of a phone for the same reason, and the file of the first serves at once', async () => {
    const brought = await signInOnPhone(site, newPkce(), 'grace@example.com');
    await secret.upload(fileOf({ id: another }));
    await site.kill('auth-code');
    const bring = () =>
      fetch(`${site.origin}/auth/code`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(brought),
      });
    const refused = await bring();
    expect([refused.status, Object(await refused.json()).code]).toEqual([503, 'misconfigured']);
    expect(site.logs.at(-1)?.fields).toMatchObject({ remedy: expect.stringMatching(bothSteps) });
    await secret.upload(file);
    expect((await bring()).status).toBe(200);
  });
});

describe('a client secret that Google has replaced', () => {
  const invalidClient = { status: 401, body: { error: 'invalid_client' } };

  it('fails one request of a process that remembers the old; the next reads the new', async () => {
    const before = await grants();
    site.setClockOffset(hour);
    await list();
    site.setClockOffset(2 * hour);
    await site.fault('token.refresh', invalidClient);
    expect(await list()).toEqual({ status: 503, code: 'misconfigured' });
    expect((await grants())[0]).toMatchObject({
      status: 'active',
      refreshToken: before[0]?.['refreshToken'],
    });
    site.plan();
    expect((await list()).status).toBe(200);
    expect(site.callsOfPlan().filter(isRead)).toHaveLength(1);
  });

  it('costs the sync a job, and no grant', async () => {
    site.setClockOffset(hour);
    await site.fault('token.refresh', invalidClient);
    await syncAt(60);
    expect((await site.items('mailboxes'))[0]).toMatchObject({ lastError: { code: 'misconfigured' } });
    expect(await grants()).toEqual([expect.objectContaining({ status: 'active' })]);
    await syncAt(70);
    expect(await site.messages()).toHaveLength(5);
  });
});

/** Lets a tick of so many minutes later run, and its jobs. */
async function syncAt(minutes: number): Promise<void> {
  site.setClockOffset(minutes * 60_000);
  // What consents have left in the queue: with too much of it, the dispatcher claims nothing.
  await drainQueue(site);
  await site.tick();
  await drainQueue(site);
}
