import { DisableKeyCommand, EnableKeyCommand, KMSClient } from '@aws-sdk/client-kms';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Failure } from '../../infra/local/aws/faults.ts';
import type { AwsCall } from '../../infra/local/environment.ts';
import { Browser } from '../support/browser.ts';
import { isUntaken } from '../support/callbacks.ts';
import { newPkce, postJson, problemOn, signInOnPhone } from '../support/callers.ts';
import { drainQueue } from '../support/drain-queue.ts';
import { always, type FaultySite, once, startFaultySite } from '../support/faulty-site.ts';
import { answersOf, countAnswers } from '../support/fired-faults.ts';

const ada = 'ada@example.com';
const hour = 3_600_000;

let site: FaultySite;
let kms: KMSClient;
let browser: Browser;

beforeAll(async () => {
  site = await startFaultySite({ demoMessages: 5 });
  const { kmsEndpoint: endpoint, region, credentials } = site.aws;
  kms = new KMSClient({ endpoint, region, credentials });
});
afterAll(async () => {
  kms.destroy();
  await site.close();
});
beforeEach(async () => {
  await site.forget();
  await site.admin('DELETE', '/faults');
  site.plan();
  browser = await site.connected();
});
afterEach(async () => {
  site.setClockOffset(0);
  await enable();
});

const disable = () => kms.send(new DisableKeyCommand({ KeyId: site.aws.tokenKey }));
const enable = () => kms.send(new EnableKeyCommand({ KeyId: site.aws.tokenKey }));
const list = async () => {
  const { status, text } = await browser.fetch(`${site.origin}/messages`);
  return { status, code: status < 400 ? undefined : JSON.parse(text).code };
};
const vaultIsShut = { status: 503, code: 'vault_unavailable' };
const grants = () => site.items('grants');

/** Whatever was to be encrypted since the last plan stands nowhere in the tables as it was. */
async function nothingStandsInClear(): Promise<void> {
  const secrets = site
    .callsOfPlan()
    .filter(({ action }) => action === 'Encrypt')
    .map(({ input }) => Buffer.from(String(input['Plaintext']), 'base64').toString());
  expect(secrets.length).toBeGreaterThan(0);
  const rows = [...(await grants()), ...(await site.items('logins'))];
  const values = rows.flatMap((row) => Object.values(row));
  const texts = values.map((value) =>
    value instanceof Uint8Array ? Buffer.from(value).toString() : String(value),
  );
  for (const secret of secrets) expect(texts.filter((text) => text.includes(secret))).toEqual([]);
}

describe('while the token key is disabled', () => {
  it('no consent begins', async () => {
    await site.forget();
    await disable();
    const page = await new Browser().open(`${site.origin}/auth/login`);
    expect([page.status, problemOn(page)]).toEqual([503, 'vault_unavailable']);
    expect(await site.items('logins')).toEqual([]);
  });

  it('a consent under way ends before its code is spent', async () => {
    await site.forget();
    await countAnswers(site, 'token.code');
    const person = new Browser();
    const page = await site.consent(person, { stopBeforeCallback: true });
    await disable();
    const answer = await person.open(page.headers.get('location') ?? '');
    expect([answer.status, problemOn(answer)]).toEqual([503, 'vault_unavailable']);
    expect(await answersOf(site, 'token.code')).toBe(0);
    expect([await grants(), (await site.items('logins')).filter(isUntaken)]).toEqual([[], []]);
    await enable();
    expect((await site.consent(person)).status).toBe(200);
  });

  it('a code that a program brings is spent, and nothing is stored', async () => {
    await site.forget();
    const brought = await signInOnPhone(site, newPkce(), ada);
    await disable();
    site.plan();
    const { status, body } = await postJson(site, '/auth/code', brought);
    expect([status, body['code']]).toEqual([503, 'vault_unavailable']);
    expect([await grants(), (await site.items('logins')).filter(isUntaken)]).toEqual([[], []]);
    await nothingStandsInClear();
  });

  it('a process goes on with the access token in its memory, for its hour, and others list nothing', async () => {
    expect((await list()).status).toBe(200);
    await disable();
    expect((await list()).status).toBe(200);
    const before = await grants();
    await countAnswers(site, 'token.refresh');
    await site.kill('messages-list');
    expect(await list()).toEqual(vaultIsShut);
    site.setClockOffset(hour);
    expect(await list()).toEqual(vaultIsShut);
    expect(await answersOf(site, 'token.refresh')).toBe(0);
    expect(await grants()).toEqual(before);
  });

  it('the sync waits, and goes on by itself when the key is back, with no new consent', async () => {
    await site.kill('sync-mailbox');
    await disable();
    await syncAt(1);
    expect((await site.items('mailboxes'))[0]).toMatchObject({
      phase: 'backfill',
      lastError: { code: 'vault_unavailable' },
    });
    expect(await grants()).toEqual([expect.objectContaining({ status: 'active' })]);
    await enable();
    await syncAt(20);
    expect(await site.messages()).toHaveLength(5);
    site.setClockOffset(0);
    expect((await list()).status).toBe(200);
  });
});

/** Lets a tick of so many minutes later run, and its jobs. */
async function syncAt(minutes: number): Promise<void> {
  site.setClockOffset(minutes * 60_000);
  await site.tick();
  await drainQueue(site);
}

const json = 'application/x-amz-json-1.1';
const isOf = (action: string) => (call: AwsCall) => call.service === 'kms' && call.action === action;

describe('a token key', () => {
  it.each<[string, Failure]>([
    ['that is pending deletion', { error: 'KMSInvalidStateException' }],
    ['that is disabled', { error: 'DisabledException' }],
    ['that may not be used', { error: 'AccessDeniedException' }],
    ['that is gone', { error: 'NotFoundException' }],
    ['that is throttled', { error: 'ThrottlingException' }],
    ['whose store is out of reach', { error: 'KeyUnavailableException', status: 500 }],
    ['that depends on what is slow', { error: 'DependencyTimeoutException', status: 503 }],
    ['behind connections that drop', 'reset'],
    ['whose answers are cut off', 'cut'],
    ['whose answers are a page', { answer: { status: 200, contentType: 'text/html', body: '<p>Hello</p>' } }],
    [
      'whose answers are huge',
      { answer: { status: 200, contentType: json, body: Buffer.alloc(20_000_000, ' ') } },
    ],
  ])('%s costs nobody the grant, and serves again at once', async (_, failure) => {
    const before = await grants();
    await site.kill('messages-list');
    site.plan(always(isOf('Decrypt'), failure));
    expect(await list()).toEqual(vaultIsShut);
    expect(site.callsOfPlan().filter(isOf('Decrypt')).length).toBeLessThanOrEqual(3);
    expect(await grants()).toEqual(before);
    site.plan();
    expect((await list()).status).toBe(200);
  });

  it('that is slow serves all the same', async () => {
    await site.kill('messages-list');
    site.plan(once(isOf('Decrypt'), { delay: 1_000 }));
    expect((await list()).status).toBe(200);
    expect(site.callsOfPlan().filter(isOf('Decrypt'))).toHaveLength(1);
    site.plan();
  });

  it('that decrypts but does not encrypt lets no fresh access token stand in clear', async () => {
    const before = await grants();
    site.setClockOffset(hour);
    site.plan(always(isOf('Encrypt'), { error: 'AccessDeniedException' }));
    expect(await list()).toEqual(vaultIsShut);
    await nothingStandsInClear();
    expect(await grants()).toEqual(before);
    site.plan();
    expect((await list()).status).toBe(200);
  });
});

it('a KMS that takes no connections is reported, and used again when it does', async () => {
  await site.kill('messages-list');
  await site.aws.refuse('kms', true);
  try {
    expect(await list()).toEqual({ status: 503, code: 'vault_unavailable' });
  } finally {
    await site.aws.refuse('kms', false);
  }
  expect((await list()).status).toBe(200);
});
