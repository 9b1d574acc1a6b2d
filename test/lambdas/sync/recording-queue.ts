import type { SyncMessage, SyncQueue } from '../../../lambdas/sync/sync-queue.ts';

/** The sync queue: keeps what was sent, and takes it unless told otherwise. */
export interface RecordingQueue extends SyncQueue {
  takes: boolean;
  readonly sent: readonly SyncMessage[];
}

/** A queue that a test reads. */
export function recordingQueue(): RecordingQueue {
  const sent: SyncMessage[] = [];
  const queue: RecordingQueue = {
    takes: true,
    sent,
    send: async (messages) => {
      if (!queue.takes) return messages;
      sent.push(...messages);
      return [];
    },
  };
  return queue;
}
