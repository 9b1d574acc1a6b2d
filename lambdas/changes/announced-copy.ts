import type { CopiedMessage, CopyStore, KnownMessage, RefusedIds } from '../copied-message.ts';
import type { ChangeBody, ChangedMessage } from './change.ts';

/** The limits of one change: it must fit a row of about two kilobytes, and an event of the bus. */
const most = { messages: 50, ids: 500, characters: 100_000 };

/** Announces a change, then makes its write. */
type AnnounceThenWrite = <Result>(change: ChangeBody, write: () => Promise<Result>) => Promise<Result>;

/**
 * A copy that announces each write in the feed before it makes it: so the copy never contains what the feed does not. A
 * write is made in parts of one change each, so if a worker dies, at most one part is announced and not written.
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
      // Older never replaces newer, so there is nothing to announce.
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

/**
 * Writes messages part by part. Messages that the table refuses are announced all the same: they are recorded as
 * failed.
 */
async function eachPart<Message extends KnownMessage>(
  messages: readonly Message[],
  write: (part: readonly Message[]) => Promise<RefusedIds>,
): Promise<RefusedIds> {
  const refused: string[] = [];
  for (const part of partsOf(messages)) refused.push(...(await write(part)));
  return new Set(refused);
}

/** A message in a change; with its thread only if that is known. */
function changeOf(message: KnownMessage & Partial<Pick<CopiedMessage, 'threadId'>>): ChangedMessage {
  const { id, threadId, labelIds, historyId } = message;
  return { id, ...(threadId !== undefined && { threadId }), labelIds, historyId };
}

/** Splits a list into parts that fit one change each. */
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
