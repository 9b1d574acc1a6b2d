import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Failure } from '../../infra/local/aws/faults.ts';
import type { AwsCall } from '../../infra/local/environment.ts';
import type { Browser, Page } from '../support/browser.ts';
import { type FaultySite, startFaultySite } from '../support/faulty-site.ts';

let site: FaultySite;
let browser: Browser;
/** Somebody else, who disconnects meanwhile. */
let leaving: Browser;

/** A message of the browser's mailbox. */
let messageId: string;

const grace = 'grace@example.com';

beforeAll(async () => {
  site = await startFaultySite({ demoMessages: 5 });
  browser = await site.connected();
  leaving = await site.connected({ account: grace });
  const { text } = await browser.fetch(`${site.origin}/messages?maxResults=1`);
  messageId = JSON.parse(text).messages[0].id;
});
afterAll(() => site.close());

/** Before this many milliseconds API Gateway has given up. */
const patience = 29_000;

/** A read of the database by a function. */
const readOf =
  (name: string) =>
  ({ functionName, service }: AwsCall) =>
    functionName === name && service === 'dynamodb';

/** A call that hangs is tried three times, three seconds each: every case runs at the same time as the others. */
const cases: readonly (readonly [
  words: string,
  path: string,
  isMeant: (call: AwsCall) => boolean,
  failure: Failure,
  code: string,
])[] = [
  ['a read of the database hangs', '/mailbox', readOf('mailbox-status'), 'hang', 'storage_unavailable'],
  [
    'the answer of a read begins and never ends',
    '/mailbox/changes',
    readOf('changes-list'),
    'stalled',
    'storage_unavailable',
  ],
  [
    'the answer of a read is withheld',
    '/mailbox/messages',
    readOf('copy-list'),
    'withheld',
    'storage_unavailable',
  ],
  [
    'the token key hangs',
    '/messages',
    ({ functionName, service }) => functionName === 'messages-list' && service === 'kms',
    'hang',
    'vault_unavailable',
  ],
  [
    'the answer of the token key never ends',
    '/mailbox/labels',
    ({ functionName, service }) => functionName === 'labels-list' && service === 'kms',
    'stalled',
    'vault_unavailable',
  ],
  [
    'the secret hangs',
    '/messages/{id}',
    ({ service, functionName }) => functionName === 'message-get' && service === 'secretsmanager',
    'hang',
    'storage_unavailable',
  ],
];

/** What a disconnect tells others: KMS that it needs the token, the queue that there is a copy to erase. */
const isOfLeaving = ({ functionName, action }: AwsCall) =>
  functionName === 'mailbox-disconnect' && ['Decrypt', 'SendMessageBatch'].includes(action);

const ask = (path: string) => browser.fetch(`${site.origin}${path.replace('{id}', messageId)}`);

const grantOf = async (address: string) =>
  (await site.items('grants')).find(({ email }) => email === address);

describe('where AWS does not answer', () => {
  let disconnecting: Promise<Page>;
  let answers: ReadonlyMap<string, { readonly page: Page; readonly took: number }>;

  beforeAll(async () => {
    for (const name of ['message-get', 'messages-list', 'labels-list'] as const) await site.kill(name);
    site.plan((call) => (isOfLeaving(call) ? 'hang' : cases.find(([, , isMeant]) => isMeant(call))?.[3]));
    disconnecting = leaving.fetch(`${site.origin}/mailbox`, { method: 'DELETE' });
    const asked = cases.map(async ([words, path]) => {
      const start = performance.now();
      const page = await ask(path);
      return [words, { page, took: performance.now() - start }] as const;
    });
    answers = new Map(await Promise.all(asked));
    await disconnecting;
  });

  it.each(cases)('since %s, the request ends in time, as what it is', (words, _, isMeant, __, code) => {
    const { page, took = patience } = answers.get(words) ?? {};
    expect([page?.status, JSON.parse(page?.text ?? '{}').code]).toEqual([503, code]);
    expect(took).toBeLessThan(patience);
    expect(site.callsOfPlan().filter(isMeant)).toHaveLength(3);
  });

  it('every request is answered again as soon as AWS does', async () => {
    site.plan();
    for (const [, path] of cases) expect((await ask(path)).status).toBe(200);
  });

  it('a disconnect ends in time too, though it goes on without KMS, and is done by asking again', async () => {
    const { status, text } = await disconnecting;
    expect([status, JSON.parse(text).code]).toEqual([503, 'storage_unavailable']);
    expect(await grantOf(grace)).toMatchObject({ status: 'disconnecting' });
    expect((await leaving.fetch(`${site.origin}/mailbox`, { method: 'DELETE' })).status).toBe(202);
    expect(await grantOf(grace)).toBeUndefined();
  });
});
