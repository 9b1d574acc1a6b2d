import { Session } from 'node:inspector/promises';
import * as v from 'valibot';

/** Bytes that each function's thread holds after its garbage was collected, by the function's name. */
export type FunctionHeaps = Readonly<Record<string, number>>;

const attached = v.object({ sessionId: v.string(), workerInfo: v.object({ title: v.string() }) });
const received = v.object({ sessionId: v.string(), message: v.pipe(v.string(), v.parseJson()) });
const usage = v.object({
  id: v.literal(2),
  result: v.object({ usedSize: v.number(), backingStorageSize: v.optional(v.number(), 0) }),
});

/** How long a thread may take to collect its garbage (milliseconds). */
const patience = 30_000;

/**
 * Collects the garbage of every worker thread of this process and tells what is left: the heap, and what its buffers
 * hold beside it. It goes by the inspector, within the process, so that the threads need to know nothing of it.
 */
export async function readFunctionHeaps(): Promise<FunctionHeaps> {
  const inspector = new Session();
  inspector.connect();
  const names = new Map<string, string>();
  const heaps: Record<string, number> = {};
  const done = Promise.withResolvers<void>();
  const late = setTimeout(() => done.reject(new Error('A thread did not collect its garbage.')), patience);
  const send = (sessionId: string, id: number, method: string) =>
    inspector.post('NodeWorker.sendMessageToWorker', { sessionId, message: JSON.stringify({ id, method }) });

  inspector.on('NodeWorker.attachedToWorker', ({ params }) => {
    const { sessionId, workerInfo } = v.parse(attached, params);
    names.set(sessionId, workerInfo.title.replace(/^\[worker \d+\] /, ''));
  });
  inspector.on('NodeWorker.receivedMessageFromWorker', ({ params }) => {
    const { sessionId, message } = v.parse(received, params);
    const parsed = v.safeParse(usage, message);
    if (!parsed.success) return;
    const { usedSize, backingStorageSize } = parsed.output.result;
    heaps[names.get(sessionId) ?? sessionId] = usedSize + backingStorageSize;
    if (Object.keys(heaps).length === names.size) done.resolve();
  });
  try {
    await inspector.post('NodeWorker.enable', { waitForDebuggerOnStart: false });
    for (const sessionId of names.keys()) {
      // Twice: what the first collection finalizes, the second gives back.
      await send(sessionId, 1, 'HeapProfiler.collectGarbage');
      await send(sessionId, 1, 'HeapProfiler.collectGarbage');
      await send(sessionId, 2, 'Runtime.getHeapUsage');
    }
    await done.promise;
    return heaps;
  } finally {
    clearTimeout(late);
    await inspector.post('NodeWorker.disable');
    inspector.disconnect();
  }
}
