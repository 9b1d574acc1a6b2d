import type { SQSEvent } from 'aws-lambda';
import { failedOf } from '../../infra/local/event-source.ts';
import type { Site } from './site.ts';

/**
 * Runs the worker with messages of the sync queue.
 *
 * @throws when it could not do one of them: the queue must keep that
 */
export async function workOn({ invoke }: Pick<Site, 'invoke'>, event: SQSEvent): Promise<void> {
  const failed = failedOf(await invoke('sync-mailbox', event));
  if (failed.size > 0)
    throw new Error(`The worker failed at ${failed.size} of ${event.Records.length} messages.`);
}
