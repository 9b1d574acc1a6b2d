import { type DueClass, type DueMailbox, dueShards, type MailboxStore } from '../mailbox/mailbox-state.ts';

/** The due mailboxes of a class, earliest first, page by page from all shards. */
export function dueMailboxes(
  mailboxes: Pick<MailboxStore, 'listDue'>,
  dueClass: DueClass,
  now: number,
): AsyncGenerator<DueMailbox> {
  const shards = Array.from({ length: dueShards }, (_, shard) => mailboxes.listDue(dueClass, shard, now));
  return earliestFirst(shards);
}

async function* earliestFirst(
  lists: readonly AsyncIterable<readonly DueMailbox[]>[],
): AsyncGenerator<DueMailbox> {
  const sources = lists.map((pages) => flatten(pages));
  try {
    const heads = await Promise.all(sources.map((source) => source.next()));
    for (;;) {
      let first = -1;
      for (const [index, head] of heads.entries()) {
        const best = heads[first];
        if (!head.done && (best === undefined || best.done || head.value.nextDueAt < best.value.nextDueAt)) {
          first = index;
        }
      }
      const [head, source] = [heads[first], sources[first]];
      if (head === undefined || head.done || source === undefined) return;
      yield head.value;
      heads[first] = await source.next();
    }
  } finally {
    await Promise.all(sources.map((source) => source.return(undefined)));
  }
}

async function* flatten(pages: AsyncIterable<readonly DueMailbox[]>): AsyncGenerator<DueMailbox, undefined> {
  for await (const page of pages) yield* page;
  return undefined;
}

/** Chunks of a list; the last may be smaller. */
export async function* inChunks<Item>(
  items: AsyncIterable<Item> | Iterable<Item>,
  size: number,
): AsyncGenerator<Item[]> {
  let chunk: Item[] = [];
  for await (const item of items) {
    chunk.push(item);
    if (chunk.length < size) continue;
    yield chunk;
    chunk = [];
  }
  if (chunk.length > 0) yield chunk;
}
