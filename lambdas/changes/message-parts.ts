import type { CopiedMessage, KnownMessage } from '../copied-message.ts';
import type { ChangedMessage } from './change.ts';

/** The limits of one change: it must fit a row of about two kilobytes, and an event of the bus. */
const most = { messages: 50, ids: 500, characters: 100_000 };

/** A message in a change; with its thread only if that is known. */
export function changeOf(message: KnownMessage & Partial<Pick<CopiedMessage, 'threadId'>>): ChangedMessage {
  const { id, threadId, labelIds, historyId } = message;
  return { id, ...(threadId !== undefined && { threadId }), labelIds, historyId };
}

/** Splits messages into parts that fit one change each. */
export function partsOf<Message extends KnownMessage>(messages: readonly Message[]): Message[][] {
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

export function partsOfIds(ids: readonly string[]): string[][] {
  const count = Math.ceil(ids.length / most.ids);
  return Array.from({ length: count }, (_, part) => ids.slice(part * most.ids, (part + 1) * most.ids));
}
