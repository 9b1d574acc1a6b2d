import { expect, test } from 'vitest';
import { buildGmailService } from '../../lambdas/google/gmail.ts';
import { copiedHeaders, messageFields } from '../../lambdas/google/read-message.ts';
import { createSyncGmailOpener } from '../../lambdas/google/sync-gmail.ts';
import { createTransport, neverAgain } from '../../lambdas/google/transport.ts';
import { connect, google } from '../infra/local/google/support.ts';

const unlimited = 1_000_000_000;

const quota = { unitsPerUserMinute: unlimited, unitsPerProjectMinute: unlimited, unitsPerProjectDay: null };

/** What Gmail's limit of concurrent calls is said to bear. */
const concurrency = 5;

test.for([0, 5])('25 messages, when each call takes %i ms', async (latencyMs, { bench }) => {
  const { origin } = await google({ demoMessages: 25, quota: { ...quota, latencyMs } });
  const { accessToken } = await connect(origin);
  const rootUrl = `${origin}/`;
  const transport = createTransport();
  const gmail = createSyncGmailOpener({ rootUrl, transport })(accessToken);
  const service = buildGmailService(accessToken, { rootUrl, transport, retries: neverAgain });
  const page = await gmail.listMessages({});
  const ids = page === 'refused' ? [] : page.messages.map(({ id }) => id);
  expect(ids).toHaveLength(25);

  async function inOneBatch(): Promise<void> {
    const answers = await gmail.fetch(ids.map((id) => ({ kind: 'message', id })));
    if (answers.some(({ kind }) => kind !== 'found')) throw new Error('A part failed.');
  }

  async function inParallel(): Promise<void> {
    const queue = ids.values();
    const metadataHeaders = [...copiedHeaders];
    await Promise.all(
      Array.from({ length: concurrency }, async () => {
        for (const id of queue) {
          const format = 'metadata';
          await service.users.messages.get({
            userId: 'me',
            id,
            format,
            metadataHeaders,
            fields: messageFields,
          });
        }
      }),
    );
  }

  const result = await bench.compare(
    bench('one batch of 25', inOneBatch),
    bench('25 gets, five at a time', inParallel),
    { time: 1_500 },
  );
  expect(result.get('one batch of 25')).toBeFasterThan(result.get('25 gets, five at a time'));
});
