import { changeOf, partsOf, partsOfIds } from '../../changes/message-parts.ts';
import type {
  CopiedMessage,
  CopyStore,
  KnownMessage,
  MailboxKey,
  RefusedIds,
  WriteOutcome,
} from '../../copied-message.ts';
import type { Announcements } from './announcements.ts';
import type { LabelNames } from './label-names.ts';

/**
 * What writing the copy takes. Each write is announced before it is made, so the copy never contains what the feed does
 * not. Writes are made in parts of one change each: if a worker dies, at most one part is announced and not written.
 */
interface WritingJob {
  readonly copy: Pick<CopyStore, 'putAbsent' | 'replace' | 'overwrite' | 'updateLabels' | 'delete'>;
  readonly state: MailboxKey;
  readonly announcements: Pick<Announcements, 'begin' | 'end'>;
  readonly labelNames: Pick<LabelNames, 'note'>;
}

/**
 * Adds messages that were just read as absent from the copy.
 *
 * @returns the messages that the table refuses; they are announced all the same, since they are recorded as failed
 */
export async function addMessages(messages: readonly CopiedMessage[], job: WritingJob): Promise<RefusedIds> {
  job.labelNames.note(messages);
  const refused: string[] = [];
  for (const part of partsOf(messages)) {
    await job.announcements.begin({ type: 'added', messages: part.map(changeOf) });
    refused.push(...(await job.copy.putAbsent(job.state, part)));
    job.announcements.end();
  }
  return new Set(refused);
}

/** Writes a whole message over its row, which was just read, even if the row claims to be newer. */
export async function rewriteMessage(
  message: CopiedMessage,
  row: KnownMessage,
  job: WritingJob,
): Promise<WriteOutcome> {
  job.labelNames.note([message]);
  await job.announcements.begin({ type: 'relabelled', messages: [changeOf(message)] });
  const outcome =
    message.historyId < row.historyId
      ? await job.copy.overwrite(job.state, message, row.historyId)
      : await job.copy.replace(job.state, message);
  job.announcements.end();
  return outcome;
}

/**
 * Sets labels and history ID of messages unless the copy has a newer state of them.
 *
 * @returns the messages that the table refuses
 */
export async function relabelMessages(
  messages: readonly KnownMessage[],
  job: WritingJob,
): Promise<RefusedIds> {
  job.labelNames.note(messages);
  const refused: string[] = [];
  for (const part of partsOf(messages)) {
    await job.announcements.begin({ type: 'relabelled', messages: part.map(changeOf) });
    refused.push(...(await job.copy.updateLabels(job.state, part)));
    job.announcements.end();
  }
  return new Set(refused);
}

/** Deletes messages, whether or not they exist. */
export async function deleteMessages(ids: readonly string[], job: WritingJob): Promise<void> {
  for (const part of partsOfIds(ids)) {
    await job.announcements.begin({ type: 'deleted', messageIds: part });
    await job.copy.delete(job.state, part);
    job.announcements.end();
  }
}
