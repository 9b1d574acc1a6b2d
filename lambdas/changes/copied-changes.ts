import type { Change as ShownChange } from '../api/answers.ts';
import type { ReadOnly } from '../api/read-only.ts';
import { type CopiedMessage, type CopiedMessages, type MailboxKey, showCopied } from '../copied-message.ts';
import { bytesInResponse, largestResponse } from '../http/response-size.ts';
import type { CallerDependencies } from '../sessions/caller.ts';
import type { Change } from './change.ts';
import { showChange } from './show-change.ts';

/** Messages that a page reads from the copy at the most, and those that it reads at once. */
const most = { inPage: 500, atOnce: 100 };

/** Bytes of a change, and of the answer around it, beside what the copy holds of its messages. */
const frame = 500_000;

export interface CopiedChangesDependencies extends Pick<CallerDependencies, 'findAccount'> {
  readonly copied: CopiedMessages;
}

/** The changes, from the first on, in groups whose messages are read from the copy at once: as many as a page may read. */
export function groupsToRead(changes: readonly Change[]): readonly (readonly Change[])[] {
  const groups: { readonly changes: Change[]; messages: number }[] = [];
  let inPage = 0;
  for (const change of changes) {
    const { length } = messagesOf(change);
    inPage += length;
    if (inPage > most.inPage && groups.length > 0) break;
    const group = groups.at(-1);
    if (group === undefined || group.messages + length > most.atOnce) {
      groups.push({ changes: [change], messages: length });
    } else {
      group.changes.push(change);
      group.messages += length;
    }
  }
  return groups.map((group) => group.changes);
}

/**
 * Shows changes with what the copy holds now of each message: `copied`, `null` where it holds nothing or the caller may
 * not read it any more, absent where the answer has no room for it.
 *
 * @param owner whose accounts alone the caller may read, if that is said
 */
export async function showWithCopied(
  changes: readonly Change[],
  owner: string | undefined,
  { findAccount, copied }: CopiedChangesDependencies,
): Promise<readonly ReadOnly<ShownChange>[]> {
  const byMailbox = Map.groupBy(changes, ({ accountId, generation }) => `${accountId}#${generation}`);
  const found = await Promise.all(
    [...byMailbox.values()].map(async (group): Promise<[Change[], ReadonlyMap<string, CopiedMessage>]> => {
      const [first] = group;
      const ids = group.flatMap((change) => messagesOf(change).map(({ id }) => id));
      if (first === undefined || ids.length === 0 || !(await mayRead(first, owner, findAccount))) {
        return [group, new Map()];
      }
      return [group, await copied.find(first, ids)];
    }),
  );
  const messagesFor = new Map(
    found.flatMap(([group, messages]) => group.map((change) => [change, messages])),
  );
  return changes.map((change) => showWith(change, messagesFor.get(change) ?? new Map()));
}

/** As the copy's own list decides: the account may be another owner's by now, or another generation's. */
async function mayRead(
  { accountId, generation }: MailboxKey,
  owner: string | undefined,
  findAccount: CallerDependencies['findAccount'],
): Promise<boolean> {
  const account = await findAccount(accountId);
  if (account?.generation !== generation || account.status === 'disconnecting') return false;
  return owner === undefined || account.owner === owner;
}

function showWith(change: Change, found: ReadonlyMap<string, CopiedMessage>): ReadOnly<ShownChange> {
  const shown = showChange(change);
  if (!('messages' in shown)) return shown;
  let room = largestResponse - frame;
  const messages = shown.messages.map((message) => {
    const row = found.get(message.id);
    const copied = row === undefined ? null : showCopied(row);
    room -= bytesInResponse(copied);
    return room < 0 && copied !== null ? message : { ...message, copied };
  });
  return { ...shown, messages };
}

function messagesOf(change: Change) {
  return 'messages' in change ? change.messages : [];
}
