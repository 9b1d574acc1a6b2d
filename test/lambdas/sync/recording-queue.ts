import type { MeasuredQueue, QueueDepth, SyncMessage } from '../../../lambdas/sync/mailbox/sync-queue.ts';

/** The sync queue: keeps what was sent, and takes it unless set otherwise. */
export interface RecordingQueue extends MeasuredQueue {
  takes: boolean;
  holds: QueueDepth | undefined;
  readonly sent: readonly SyncMessage[];
}

/** A queue that a test reads. */
export function recordingQueue(): RecordingQueue {
  const sent: SyncMessage[] = [];
  const queue: RecordingQueue = {
    takes: true,
    holds: { waiting: 0, inFlight: 0 },
    depth: async () => queue.holds,
    sent,
    send: async (messages) => {
      if (!queue.takes) return messages;
      sent.push(...messages);
      return [];
    },
  };
  return queue;
}
