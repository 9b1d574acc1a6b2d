import { padHistoryId } from '../../lambdas/copied-message.ts';
import type { VerifyFindings } from '../../lambdas/sync/mailbox/mailbox-state.ts';
import type { Chance } from './chance.ts';
import type { CopyOfMailbox } from './memory-stores.ts';
import { type ModelMailbox, modelLabels } from './model-mailbox.ts';
import type { VirtualTime } from './virtual-time.ts';

const minute = 60_000;

/** How many messages are spoiled in each way, at the most. */
const mostSpoiled = 5;

/** Restless messages, and for how long they begin to be. */
const restless = { messages: 40, within: 3 * minute };

/** How often the labels of a restless message change, and for how long. */
const flurry = { changes: 6, within: 4_000 };

/**
 * Makes a copy wrong that is right: some of its messages are lost, others are not Gmail's, others have a wrong label,
 * most of those under a history ID that is newer than Gmail's own.
 *
 * @returns what a comparison must find, in the order of IDs
 */
export function spoil({ messages }: CopyOfMailbox, chance: Chance): VerifyFindings {
  const ids = [...messages.keys()];
  const found = { missing: new Set<string>(), extra: new Set<string>(), mislabelled: new Set<string>() };
  const pick = () => ids[chance.between(0, ids.length - 1)] ?? '';
  for (let times = chance.between(0, mostSpoiled); times > 0; times -= 1) {
    const id = pick();
    if (messages.delete(id)) found.missing.add(id);
  }
  for (let times = chance.between(0, mostSpoiled); times > 0; times -= 1) {
    const message = messages.get(pick());
    if (message === undefined || found.mislabelled.has(message.id)) continue;
    const label = modelLabels[chance.between(0, modelLabels.length - 1)] ?? '';
    const labelIds = message.labelIds.includes(label)
      ? message.labelIds.filter((other) => other !== label)
      : [...message.labelIds, label];
    const historyId = padHistoryId(`${Number(message.historyId) + chance.between(0, 3) * 500}`);
    messages.set(message.id, { ...message, labelIds, historyId });
    found.mislabelled.add(message.id);
  }
  for (let times = chance.between(0, mostSpoiled); times > 0; times -= 1) {
    const message = messages.get(pick());
    if (message === undefined || found.mislabelled.has(message.id)) continue;
    const id = `${message.id}-${times}`;
    messages.set(id, { ...message, id, threadId: id });
    found.extra.add(id);
  }
  const inOrder = (set: ReadonlySet<string>) => [...set].sort();
  return {
    missing: inOrder(found.missing),
    extra: inOrder(found.extra),
    mislabelled: inOrder(found.mislabelled),
  };
}

/**
 * From now on, for some minutes, messages come, change again and again, and go; but not those that are spared, nor
 * their threads: with a thread, history may bring what was lost, before a comparison sees it.
 */
export function keepChanging(
  mailbox: ModelMailbox,
  time: VirtualTime,
  chance: Chance,
  spared: ReadonlySet<string> = new Set(),
): void {
  const threadOf = (id: string) => mailbox.messages.get(id)?.threadId ?? id;
  const threads = new Set([...spared].map(threadOf));
  const begin = () => {
    const ids = [...mailbox.messages.keys()].filter((id) => !threads.has(threadOf(id)));
    const known = ids[chance.between(0, Math.max(0, ids.length - 1))];
    const kind = chance.between(1, 6);
    const id =
      kind > 2 && known !== undefined ? known : mailbox.arrive(['INBOX'], kind === 1 ? known : undefined);
    const label = modelLabels[chance.between(0, modelLabels.length - 1)] ?? '';
    const toggle = () => {
      const has = mailbox.messages.get(id)?.labels.has(label) ?? false;
      mailbox.relabel([id], has ? [] : [label], has ? [label] : []);
    };
    for (let times = 0; times < flurry.changes; times += 1) {
      time.at(time.now + chance.between(0, flurry.within), toggle);
    }
    if (kind > 4) time.at(time.now + chance.between(0, flurry.within), () => mailbox.delete(id));
  };
  for (let times = 0; times < restless.messages; times += 1) {
    time.at(time.now + chance.between(0, restless.within), begin);
  }
}
