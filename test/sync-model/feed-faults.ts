import { type Change, feedShards, isOfMessages } from '../../lambdas/changes/change.ts';
import type { MailboxKey } from '../../lambdas/copied-message.ts';
import { AnnouncedMessages } from './announced-messages.ts';
import type { MemoryTables } from './memory-stores.ts';

/** An account, and the generation that is connected now, if one is. */
type Whose = Pick<MailboxKey, 'accountId'> & Partial<MailboxKey>;

/**
 * What is wrong with the feeds of a mailbox, once nothing is under way: readers of any of them know of the same
 * messages and labels as the copy, and of what became of the mailbox.
 */
export function feedFaults(key: Whose, tables: MemoryTables): string[] {
  const { feed, announced } = tables;
  const shards = Array.from({ length: feedShards }, (_, shard) => feed.list(`all#${shard}`));
  const feeds = {
    account: feed.list(`account#${key.accountId}`),
    owner: feed.list(`owner#owner-of-${key.accountId}`),
    all: shards.flat().filter(({ accountId }) => accountId === key.accountId),
  };
  const isEnd = ({ type }: Change) => type === 'disconnected';
  const ends = new Set(feeds.account.filter(isEnd).map(({ generation }) => generation));
  return [
    ...announced.disorder,
    ...Object.entries(feeds).flatMap(([name, changes]) =>
      [
        ...messageFaults(changes, key, tables),
        ...lifeFaults(changes, key, ends),
        ...returnFaults(changes),
      ].map((fault) => `the feed of the ${name}: ${fault}`),
    ),
  ];
}

function messageFaults(
  changes: readonly Change[],
  { accountId, generation }: Whose,
  tables: MemoryTables,
): string[] {
  if (generation === undefined) return [];
  const key = { accountId, generation };
  const known = new AnnouncedMessages(changes).of(key);
  const { messages } = tables.copyOf(key);
  const textOf = (labelIds: readonly string[] | undefined) => labelIds?.toSorted().join(' ');
  return [...new Set([...known.keys(), ...messages.keys()])].flatMap((id) => {
    const [is, announced] = [textOf(messages.get(id)?.labelIds), textOf(known.get(id))];
    return is === announced ? [] : [`${id} has ${is}, and ${announced} is announced`];
  });
}

/**
 * A generation begins with `connected`. An ended one ends with `disconnected` or, if no feed has that, with a later
 * one's `connected`, and no change of its messages is left. If its `connected` was never announced, only `disconnected`
 * may be left.
 *
 * @param ends generations that have ended by the account's feed
 */
function lifeFaults(changes: readonly Change[], key: Whose, ends: ReadonlySet<string>): string[] {
  const generations = Map.groupBy(changes, ({ generation }) => generation);
  return [...generations].flatMap(([generation, announced]) => {
    const [first, last] = [announced[0]?.type, announced.at(-1)?.type];
    const types = announced.map(({ type }) => type);
    const isEnded = generation !== key.generation;
    const isKnown = first === 'connected' || (isEnded && types.every((type) => type === 'disconnected'));
    const faults = isKnown ? [] : [`${generation} begins with ${first}`];
    if (!isEnded) {
      if (!types.includes('caught_up')) faults.push(`${generation} has not caught up`);
      if (types.includes('disconnected')) faults.push(`${generation} is announced as disconnected`);
    } else {
      const since = changes.slice(changes.findLastIndex((change) => change.generation === generation) + 1);
      const isAnew = !ends.has(generation) && since.some(({ type }) => type === 'connected');
      if (last !== 'disconnected' && !isAnew) faults.push(`${generation} ends with ${last}`);
      if (announced.some(isOfMessages)) faults.push(`messages of ${generation} are still announced`);
    }
    return faults;
  });
}

/** Once a generation is announced as connected, no earlier one is. */
function returnFaults(changes: readonly Change[]): string[] {
  const connected = changes.filter(({ type }) => type === 'connected').map(({ generation }) => generation);
  const numbers = connected.map((generation) => Number(generation.replace(/\D/g, '')));
  return connected.flatMap((generation, index) =>
    numbers.slice(0, index).some((before) => before > (numbers[index] ?? 0))
      ? [`${generation} is connected after a later one`]
      : [],
  );
}
