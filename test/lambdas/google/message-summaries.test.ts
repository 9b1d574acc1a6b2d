import { expect, test } from 'vitest';
import { AccessTokenRefused } from '../../../lambdas/errors.ts';
import { fault } from '../../infra/local/google/support.ts';
import { gmailError, openLocal } from './support.ts';

const idsOf = (messages: readonly { readonly [name: string]: unknown }[]) =>
  messages.map(({ id }) => String(id));

test('of a page come in one call, as the mailbox has them, for 20 units each', async () => {
  const { mailbox, truth, units, forgetUsage } = await openLocal({ demoMessages: 10 });
  const messages = await truth();
  await forgetUsage();
  const { summaries, hindered } = await mailbox.getSummaries(idsOf(messages));
  expect(hindered).toBe(false);
  expect([...summaries.keys()]).toEqual(idsOf(messages));
  for (const { id, subject, internalDate, labelIds } of messages) {
    expect(summaries.get(String(id))).toMatchObject({
      ...{ subject, labelIds, internalDate: Number(internalDate) },
      from: expect.stringContaining('@'),
      snippet: expect.stringMatching(/./),
    });
  }
  expect(await units()).toBe(10 * 20);
});

test('are missing of messages that are gone or refused, which hinders nothing', async () => {
  const { mailbox, origin, truth } = await openLocal();
  const [one = '', two = '', three = ''] = idsOf(await truth());
  await fault(origin, 'messages.get', { status: 400, body: gmailError(400, 'badRequest') });
  const { summaries, hindered } = await mailbox.getSummaries([one, '0123456789abcdef', two, three]);
  expect([[...summaries.keys()], hindered]).toEqual([[two, three], false]);
});

test('beyond the quota are missing, and that says: ask for no more', async () => {
  const { mailbox, truth } = await openLocal({ quota: { unitsPerUserMinute: 50 } });
  const ids = idsOf((await truth()).slice(0, 3));
  const { summaries, hindered } = await mailbox.getSummaries(ids);
  expect([[...summaries.keys()], hindered]).toEqual([ids.slice(0, 2), true]);
});

test.each([
  ['a part that fails', 'messages.get', 2],
  ['a batch that fails', 'batch', 0],
])('%s at Google says so too', async (_, on, came) => {
  const { mailbox, origin, truth } = await openLocal();
  await fault(origin, on, { status: 503 });
  const { summaries, hindered } = await mailbox.getSummaries(idsOf((await truth()).slice(0, 3)));
  expect([summaries.size, hindered]).toEqual([came, true]);
});

test('a batch that is refused for the quota is not tried again', async () => {
  const { mailbox, origin, truth } = await openLocal();
  const ids = idsOf((await truth()).slice(0, 3));
  await fault(origin, 'batch', { status: 429, body: gmailError(429, 'rateLimitExceeded') });
  await expect(mailbox.getSummaries(ids)).rejects.toMatchObject({ code: 'rate_limited' });
  expect((await mailbox.getSummaries(ids)).summaries.size).toBe(3);
});

test('a token that has ended is refused as a whole', async () => {
  const { mailbox, change, truth } = await openLocal();
  const ids = idsOf((await truth()).slice(0, 3));
  await change('POST', 'expire-access-tokens');
  await expect(mailbox.getSummaries(ids)).rejects.toBeInstanceOf(AccessTokenRefused);
});
