import type { SQSEvent } from 'aws-lambda';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import type { AwsCall } from '../../infra/local/environment.ts';
import { failedOf } from '../../infra/local/event-source.ts';
import { heardBy, Minutes, mailboxOf } from '../support/copy-and-feed.ts';
import { disconnect } from '../support/disconnect-race.ts';
import { drainQueue } from '../support/drain-queue.ts';
import { Interruptions } from '../support/interruptions.ts';
import { type NewPerson, newPerson } from '../support/people.ts';
import { again, takeBatch } from '../support/queue-messages.ts';
import { type Site, startSite } from '../support/site.ts';
import { workOn } from '../support/work-on.ts';

const interruptions = new Interruptions();
let failing: (call: AwsCall) => boolean = () => false;
let site: Site;
let time: Minutes;
let people: readonly NewPerson[];

beforeAll(async () => {
  site = await startSite({
    demoMessages: 1,
    onAwsCall: (call) => {
      if (failing(call)) {
        const failure = { error: 'AccessDeniedException' };
        site.aws.failNext({ service: call.service, action: call.action, failure });
      }
      return interruptions.onAwsCall(call);
    },
  });
});
afterAll(() => site.close());
beforeEach(async () => {
  failing = () => false;
  await site.forget();
  time = new Minutes(site);
  people = [await newPerson(site), await newPerson(site), await newPerson(site)];
  for (const { browser, email } of people) await site.consent(browser, { account: email });
  await drainQueue(site);
  await time.tick();
  await expectInStep(...people);
});

const isOf =
  ({ accountId }: NewPerson) =>
  ({ functionName, input }: AwsCall) =>
    functionName === 'sync-mailbox' && JSON.stringify(input).includes(accountId);

async function rowOf({ accountId }: NewPerson): Promise<Record<string, unknown> | undefined> {
  return (await site.items('mailboxes')).find((row) => row['accountId'] === accountId);
}

/** Waits until the job of a mailbox has ended. */
async function untilDone(...persons: readonly NewPerson[]): Promise<void> {
  for (const person of persons) {
    await expect.poll(async () => (await rowOf(person))?.['claim']).toBeUndefined();
  }
}

/** Each one's copy and feed have each one's own mail, and nobody else's. */
async function expectInStep(...persons: readonly NewPerson[]): Promise<void> {
  const copy = await site.messages();
  for (const person of persons) {
    const truth = await mailboxOf(site, person.email);
    const ids = truth.map((line) => line.split(' ')[0]);
    const copied = copy.filter(({ mailbox }) => String(mailbox).startsWith(`${person.accountId}#`));
    expect(copied.map(({ messageId }) => messageId).toSorted()).toEqual(ids);
    expect((await heardBy(site, person.browser)).messages).toEqual(truth);
    expect(await rowOf(person)).toMatchObject({ phase: 'live', copied: truth.length });
    expect(await rowOf(person)).not.toHaveProperty('lastError');
  }
}

/** Each gets mail, and a job: all of them lie in the queue. */
async function newJobs(): Promise<void> {
  for (const { email } of people) await site.admin('POST', `/accounts/${email}/messages`, { subject: 'New' });
  await site.tick(time.pass(6));
}

const groupsOf = ({ Records }: SQSEvent) => Records.map(({ attributes }) => attributes.MessageGroupId);

it('the jobs of several mailboxes, in one run, bring each its own changes with its own token', async () => {
  await newJobs();
  const { event, done } = await takeBatch(site);
  expect(groupsOf(event).toSorted()).toEqual(people.map(({ accountId }) => accountId).toSorted());
  await workOn(site, event);
  await done();
  await expectInStep(...people);
});

it('so do they when every token has just ended, and each must be renewed', async () => {
  await newJobs();
  for (const grant of await site.items('grants')) {
    await site.put('grants', { ...grant, accessTokenExpiresAt: 0 });
  }
  await site.kill('sync-mailbox');
  const { event, done } = await takeBatch(site);
  await workOn(site, event);
  await done();
  await expectInStep(...people);
});

it('a mailbox whose job fails comes again, and no other does', async () => {
  const [unlucky, ...others] = people as [NewPerson, NewPerson, NewPerson];
  await newJobs();
  const before = await rowOf(unlucky);
  failing = isOf(unlucky);
  const first = await takeBatch(site);
  const failed = failedOf(await site.invoke('sync-mailbox', first.event));
  const ofUnlucky = first.event.Records.filter(
    ({ attributes }) => attributes.MessageGroupId === unlucky.accountId,
  );
  expect([...failed]).toEqual(ofUnlucky.map(({ messageId }) => messageId));
  expect(site.logs.at(-1)).toMatchObject({
    level: 'error',
    functionName: 'sync-mailbox',
    fields: { event: 'message failed', accountId: unlucky.accountId, code: 'misconfigured' },
  });
  await first.done(failed);
  await expectInStep(...others);
  expect(await rowOf(unlucky)).toEqual(before);

  failing = () => false;
  await workOn(site, again({ Records: ofUnlucky }));
  await expectInStep(...people);
});

it('when the worker dies in the middle, all come again, and those that were done do nothing more', async () => {
  const [dying, ...others] = people as [NewPerson, NewPerson, NewPerson];
  await newJobs();
  const first = await takeBatch(site, 0);
  const isWrite = ({ action }: AwsCall) => action === 'UpdateItem';
  const place = { functionName: 'sync-mailbox', place: 0 } as const;
  const act = async ({ service, action }: AwsCall) => {
    await untilDone(...others);
    site.aws.failNext({ service, action, failure: 'hang' });
    await site.kill('sync-mailbox');
  };
  const counts = (call: AwsCall) => isOf(dying)(call) && isWrite(call);
  const run = () => site.invoke('sync-mailbox', first.event);
  await expect(interruptions.during({ ...place, counts, act }, run)).rejects.toThrow('ended');
  await expectInStep(...others);
  expect(await rowOf(dying)).toHaveProperty('claim');
  const before = await Promise.all(others.map(rowOf));

  const second = await takeBatch(site);
  expect(second.event.Records.map(({ messageId }) => messageId)).toEqual(
    first.event.Records.map(({ messageId }) => messageId),
  );
  const told = site.logs.length;
  await workOn(site, second.event);
  await second.done();
  expect(await Promise.all(others.map(rowOf))).toEqual(before);
  const idle = site.logs.slice(told).filter(({ fields }) => fields['event'] === 'job without a claim');
  expect(idle.map(({ fields }) => fields['accountId']).toSorted()).toEqual(
    others.map(({ accountId }) => accountId).toSorted(),
  );
  // What the dead one has charged may be all that its job was granted: a later one does the rest.
  await time.tick(16);
  await expectInStep(...people);
});

it('an erasure that takes all the time loses no job beside it, and goes on in another run', async () => {
  const [leaving, ...others] = people as [NewPerson, NewPerson, NewPerson];
  await newJobs();
  const { event: jobs, done: dropped } = await takeBatch(site);
  await dropped();
  expect((await disconnect(site, leaving.browser)).status).toBe(202);
  const { event: erasure, done } = await takeBatch(site);
  const ofOthers = jobs.Records.filter(({ attributes }) => attributes.MessageGroupId !== leaving.accountId);
  expect(ofOthers).toHaveLength(2);
  expect(erasure.Records).toHaveLength(1);

  const place = { functionName: 'sync-mailbox', place: 0 } as const;
  const counts = (call: AwsCall) => isOf(leaving)(call) && call.action === 'Query';
  const act = async () => {
    await untilDone(...others);
    time.pass();
  };
  const run = () => workOn(site, { Records: [...erasure.Records, ...ofOthers] });
  await interruptions.during({ ...place, counts, act }, run);
  await done();
  await expectInStep(...others);
  expect(await rowOf(leaving)).toBeDefined();

  const { event: rest, done: finished } = await takeBatch(site);
  expect(rest.Records.map(({ body }) => JSON.parse(body))).toMatchObject([
    { kind: 'erase', accountId: leaving.accountId, begun: true },
  ]);
  await workOn(site, rest);
  await finished();
  expect(await rowOf(leaving)).toBeUndefined();
  const left = (await site.messages()).filter(({ mailbox }) => String(mailbox).startsWith(leaving.accountId));
  expect(left).toEqual([]);
  await expectInStep(...others);
});
