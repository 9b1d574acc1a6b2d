import { randomUUID } from 'node:crypto';
import { Problem } from '../../../lambdas/errors.ts';
import { parseSyncMessage, type SyncMessage } from '../../../lambdas/sync/mailbox/sync-queue.ts';
import type { OpsCall, OpsCommand, OpsOutcome } from './command.ts';
import type { DeadLetter } from './dead-letters.ts';
import type { Stores } from './stores.ts';

/** `redrive`: sends dead letters to the workers again. A job that is too late does nothing. */
export const redrive: OpsCommand = {
  about: 'Sends dead letters to the workers once more.',
  changes: true,
  run,
};

async function run({ stores, dryRun }: OpsCall): Promise<OpsOutcome> {
  const { waiting, inFlight } = await stores.deadLetters.countDead();
  if (dryRun) {
    return {
      ok: true,
      lines: [`about ${waiting + inFlight} dead letters would be sent to the workers`],
      result: { deadLetters: waiting + inFlight },
    };
  }
  const { redriven, left } = await redriveAll(stores);
  return {
    ok: left === 0 && inFlight === 0,
    lines: [
      `${redriven} dead letters sent to the workers`,
      ...(left === 0
        ? []
        : [`${left} left: they are not messages of this sync; check them in the SQS console`]),
      // Each is hidden for two minutes, and blocks the other messages of its mailbox.
      ...(inFlight === 0
        ? []
        : [`about ${inFlight} held by another or an interrupted run: run this again in two minutes`]),
    ],
    result: { redriven, left, held: inFlight },
  };
}

async function redriveAll({ deadLetters, queue }: Stores): Promise<{ redriven: number; left: number }> {
  const left = new Set<string>();
  let redriven = 0;
  for (;;) {
    const letters = (await deadLetters.take()).filter(({ id }) => !left.has(id));
    if (letters.length === 0) return { redriven, left: left.size };
    for (const letter of letters) {
      const message = readLetter(letter);
      if (message === undefined) {
        left.add(letter.id);
        continue;
      }
      if ((await queue.send([message])).length > 0) throw new Problem('storage_unavailable');
      // Delete last: after an interruption a job is sent twice, and the second has no effect.
      await deadLetters.drop(letter);
      redriven += 1;
    }
  }
}

function readLetter({ body }: DeadLetter): SyncMessage | undefined {
  try {
    const message = parseSyncMessage(body);
    // A claim knows its job by its ID. Other messages get a new ID, so that the queue does not drop them as duplicates.
    return message.kind === 'sync' ? message : { ...message, jobId: randomUUID() };
  } catch {
    // The parse error only shows that the message is not one of ours.
    return undefined;
  }
}
