import type { CopiedMessage, CopyStore, KnownMessage, RefusedIds } from '../copied-message.ts';
import type { ChangeBody, ChangedMessage } from './change.ts';

/** What one change may speak of: few enough for a row of two kilobytes or so, and for an event of the bus. */
const most = { messages: 50, ids: 500, characters: 100_000 };

/** Tells a change, then makes the write of which it speaks. */
export type AnnounceThenWrite = <Result>(change: ChangeBody, write: () => Promise<Result>) => Promise<Result>;

/**
 * The copy of a mailbox, each write of which is told in the feed before it is made: so the copy never holds what the
 * feed has not told. A write is made in parts as large as one change can tell of, each told and then written: of
 * whatever a worker leaves unfinished, one part at the most is told and not written.
 */
export function announcedCopy(copy: CopyStore, announceThen: AnnounceThenWrite): CopyStore {
  return {
    ...copy,
    putAbsent: (mailbox, messages) =>
      eachPart(messages, (part) =>
        announceThen({ type: 'added', messages: part.map(changeOf) }, () => copy.putAbsent(mailbox, part)),
      ),
    replace: async (mailbox, message) => {
      const write = () => copy.replace(mailbox, message);
      const known = (await copy.findKnown(mailbox, [message.id])).get(message.id);
      // Older never replaces newer, so there is nothing to tell.
      if (known !== undefined && known.historyId > message.historyId) return write();
      const type = known === undefined ? 'added' : 'relabelled';
      return announceThen({ type, messages: [changeOf(message)] }, write);
    },
    overwrite: (mailbox, message, historyId) =>
      announceThen({ type: 'relabelled', messages: [changeOf(message)] }, () =>
        copy.overwrite(mailbox, message, historyId),
      ),
    updateLabels: (mailbox, messages) =>
      eachPart(messages, (part) =>
        announceThen({ type: 'relabelled', messages: part.map(changeOf) }, () =>
          copy.updateLabels(mailbox, part),
        ),
      ),
    delete: async (mailbox, ids) => {
      for (let start = 0; start < ids.length; start += most.ids) {
        const part = ids.slice(start, start + most.ids);
        await announceThen({ type: 'deleted', messageIds: part }, () => copy.delete(mailbox, part));
      }
    },
  };
}

/** Writes messages part by part. Those that the table refuses are told all the same: they are recorded as failed. */
async function eachPart<Message extends KnownMessage>(
  messages: readonly Message[],
  write: (part: readonly Message[]) => Promise<RefusedIds>,
): Promise<RefusedIds> {
  const refused: string[] = [];
  for (const part of partsOf(messages)) refused.push(...(await write(part)));
  return new Set(refused);
}

/** What a change says of a message; its thread only where that is known. */
function changeOf(message: KnownMessage & Partial<Pick<CopiedMessage, 'threadId'>>): ChangedMessage {
  const { id, threadId, labelIds, historyId } = message;
  return { id, ...(threadId !== undefined && { threadId }), labelIds, historyId };
}

/** Parts of a list, each as long as one change can tell of. */
function partsOf<Message extends KnownMessage>(messages: readonly Message[]): Message[][] {
  const parts: Message[][] = [];
  let characters = 0;
  for (const message of messages) {
    const length = JSON.stringify(changeOf(message)).length;
    const part = parts.at(-1);
    if (part !== undefined && part.length < most.messages && characters + length <= most.characters) {
      part.push(message);
      characters += length;
    } else {
      parts.push([message]);
      characters = length;
    }
  }
  return parts;
}
