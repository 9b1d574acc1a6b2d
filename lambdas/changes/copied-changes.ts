import type { Change as ShownChange } from '../api/answers.ts';
import type { ReadOnly } from '../api/types.ts';
import { type CopiedMessage, type CopiedMessages, type MailboxKey, showCopied } from '../copied-message.ts';
import { bytesInResponse, largestResponse } from '../http/response-size.ts';
import type { CallerDependencies } from '../sessions/caller.ts';
import type { Change } from './change.ts';
import { showChange } from './show-change.ts';

/** The most messages that a page reads from the copy, in all and in one read. */
const most = { inPage: 500, atOnce: 100 };

/** Bytes of a change and of the response around it, without the copied messages. */
const frame = 500_000;

export interface CopiedChangesDependencies extends Pick<CallerDependencies, 'findAccount'> {
  readonly copied: CopiedMessages;
}

/** Groups changes so that the copy is read once for each group, up to the limit of a page. */
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
 * Adds to each change what the copy holds of its messages now: `copied` is `null` if it holds nothing or the caller may
 * no longer read it, and absent if the response has no room for it.
 *
 * @param owner the only owner whose accounts the caller may read; undefined for no limit
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

/** Decides as the copy's list does: the account may have a new owner or generation since the change. */
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
