import { expect, test } from 'vitest';
import { createSweepProgress } from '../../../lambdas/aws/sweep-progress.ts';
import { dynamoDb } from '../../support/aws-doubles.ts';

test('the position of an unfinished sweep is kept until the sweep is done', async () => {
  const { tables, names } = await dynamoDb();
  const progress = createSweepProgress(tables, names.usage);
  const counts = { mailboxes: 9, backfill: 1, live: 6, paused: 2, failed: 3 };
  const position = {
    pass: 'mailboxes' as const,
    after: 'account-7',
    counts: { ...counts, erased: 1, started: 0, resumed: 2, finished: 0 },
  };
  expect(await progress.find()).toBeUndefined();
  await progress.save({ pass: 'grants', counts: position.counts });
  await progress.save(position);
  expect(await progress.find()).toEqual(position);
  await progress.clear();
  expect(await progress.find()).toBeUndefined();
});
