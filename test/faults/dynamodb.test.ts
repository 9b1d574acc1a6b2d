import * as v from 'valibot';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { Failure } from '../../infra/local/aws/faults.ts';
import type { AwsCall } from '../../infra/local/environment.ts';
import type { Browser } from '../support/browser.ts';
import { drainQueue } from '../support/drain-queue.ts';
import { always, type FaultySite, once, startFaultySite } from '../support/faulty-site.ts';

let site: FaultySite;
let browser: Browser;

beforeAll(async () => {
  site = await startFaultySite({ demoMessages: 30 });
  browser = await site.connected();
  await site.tick(Date.now() + 60_000);
  await drainQueue(site);
  expect(await site.messages()).toHaveLength(30);
});
afterAll(() => site.close());
afterEach(() => site.plan());

const answerOf = async (path: string) => {
  const { status, text } = await browser.fetch(`${site.origin}${path}`);
  return { status, body: JSON.parse(text) };
};
const isOf = (functionName: string) => (call: AwsCall) => call.functionName === functionName;
const isRead = (call: AwsCall) => isOf('mailbox-status')(call) && call.action === 'GetItem';
const json = 'application/x-amz-json-1.0';
const answer = (status: number, contentType: string, body: string | Buffer): Failure => ({
  answer: { status, contentType, body },
});

describe('a read that fails time after time', () => {
  it.each<[string, Failure, string, number]>([
    ['is cut off', 'cut', 'storage_unavailable', 3],
    ['is reset', 'reset', 'storage_unavailable', 3],
    ['is throttled', { error: 'ThrottlingException' }, 'storage_unavailable', 3],
    ['meets a hot table', { error: 'ProvisionedThroughputExceededException' }, 'storage_unavailable', 3],
    ['meets the account’s limit', { error: 'RequestLimitExceeded' }, 'storage_unavailable', 3],
    ['meets 500', { error: 'InternalServerError', status: 500 }, 'storage_unavailable', 3],
    ['meets 503', { error: 'ServiceUnavailable', status: 503 }, 'storage_unavailable', 3],
    ['meets a proxy’s page', answer(502, 'text/html', '<h1>Bad Gateway</h1>'), 'storage_unavailable', 3],
    ['meets a page that looks well', answer(200, 'text/html', '<h1>Hello</h1>'), 'storage_unavailable', 1],
    ['meets half an answer', answer(200, json, '{"Item":{"acc'), 'storage_unavailable', 1],
    ['meets another type', answer(200, 'text/plain', 'OK'), 'storage_unavailable', 1],
    ['meets a huge answer', answer(200, json, Buffer.alloc(20_000_000, ' ')), 'storage_unavailable', 1],
    ['is not allowed', { error: 'AccessDeniedException' }, 'misconfigured', 1],
    ['finds no table', { error: 'ResourceNotFoundException' }, 'misconfigured', 1],
  ])('and %s is told, after few tries, and the next works', async (_, failure, code, tries) => {
    site.plan(always(isRead, failure));
    expect(await answerOf('/mailbox')).toMatchObject({ status: 503, body: { code } });
    expect(site.callsOfPlan().filter(isRead)).toHaveLength(tries);
    expect(site.logs.at(-1)).toMatchObject({ level: 'error', fields: { route: 'GET /mailbox', code } });
    site.plan();
    expect((await answerOf('/mailbox')).status).toBe(200);
  });

  it.each<[string, Failure]>([
    ['once', 'reset'],
    ['for a moment', { error: 'ThrottlingException' }],
    ['and comes late', { delay: 1_000 }],
  ])('but fails only %s, is not noticed', async (_, failure) => {
    site.plan(once(isRead, failure));
    expect((await answerOf('/mailbox')).status).toBe(200);
  });
});

it('a database that takes no connections is told, and is used again when it is back', async () => {
  await site.aws.refuse('dynamodb', true);
  expect(await answerOf('/mailbox')).toMatchObject({ status: 503, body: { code: 'storage_unavailable' } });
  await site.aws.refuse('dynamodb', false);
  expect((await answerOf('/mailbox')).status).toBe(200);
});

describe('where DynamoDB leaves parts of a batch undone', () => {
  const left = (key: 'UnprocessedItems' | 'UnprocessedKeys', { input }: AwsCall): Failure =>
    answer(200, json, JSON.stringify({ [key]: input['RequestItems'], Responses: {} }));
  const isBatch = (action: string) => (call: AwsCall) => call.action === action;

  it.each(['BatchGetItem', 'BatchWriteItem'])('twice (%s), nothing is lost', async (action) => {
    await site.admin('POST', '/accounts/ada@example.com/messages', { subject: 'New' });
    const key = action === 'BatchGetItem' ? 'UnprocessedKeys' : 'UnprocessedItems';
    let times = 2;
    site.plan((call) => (isBatch(action)(call) && times-- > 0 ? left(key, call) : undefined));
    await syncLater();
    expect(times).toBeLessThan(0);
    expect(await copied()).toEqual(await truth());
  });

  it('for ever, the request gives up in time', async () => {
    site.plan((call) =>
      isOf('messages-list')(call) && isBatch('BatchGetItem')(call)
        ? left('UnprocessedKeys', call)
        : undefined,
    );
    const { status, body } = await answerOf('/messages?view=summary');
    expect([status, body.code]).toEqual([503, 'storage_unavailable']);
    expect(site.callsOfPlan().filter(isBatch('BatchGetItem'))).toHaveLength(8);
  });

  it('for ever, the job ends, and a later one does what it left', async () => {
    await site.admin('POST', '/accounts/ada@example.com/messages', { subject: 'Newer' });
    site.plan((call) => (isBatch('BatchWriteItem')(call) ? left('UnprocessedItems', call) : undefined));
    await syncLater();
    expect((await site.items('mailboxes'))[0]).toMatchObject({ lastError: { code: 'storage_unavailable' } });
    site.plan();
    await syncLater();
    expect((await site.items('mailboxes'))[0]?.['lastError']).toBeUndefined();
    expect(await copied()).toEqual(await truth());
  });
});

let minutes = 1;

/** Lets a later tick run, and the jobs that it admits. */
async function syncLater(): Promise<void> {
  minutes += 10;
  site.setClockOffset(minutes * 60_000);
  await site.tick();
  await drainQueue(site);
  site.setClockOffset(0);
}

const copied = async () => (await site.messages()).map(({ messageId }) => messageId).sort();

/** The messages that there are, those in Spam and Trash too. */
async function truth(): Promise<readonly string[]> {
  const path = '/accounts/ada@example.com/messages?includeSpamTrash=true';
  const { messages } = v.parse(
    v.object({ messages: v.array(v.object({ id: v.string() })) }),
    await site.admin('GET', path),
  );
  return messages.map(({ id }) => id).sort();
}
