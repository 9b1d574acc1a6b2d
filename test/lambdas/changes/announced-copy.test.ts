import { describe, expect, test } from 'vitest';
import { announcedCopy } from '../../../lambdas/changes/announced-copy.ts';
import type { ChangeBody } from '../../../lambdas/changes/change.ts';
import { type CopyStore, type KnownMessage, padHistoryId } from '../../../lambdas/copied-message.ts';
import { Problem } from '../../../lambdas/errors.ts';
import { messageOf, messagesOf } from '../aws/copied-messages.ts';

const mailbox = { accountId: 'account-1', generation: 'generation-1' };

/** A copy that holds these messages and records announcements and writes, in their order. */
function open(known: readonly KnownMessage[] = [], refused: readonly string[] = []) {
  const events: string[] = [];
  const announced: ChangeBody[] = [];
  const wrote = (what: string, ids: readonly string[]) => {
    events.push(`${what} ${ids.length}`);
  };
  const idsOf = (messages: readonly { id: string }[]) => messages.map(({ id }) => id);
  const fail = () => Promise.reject(new Error('Not asked here.'));
  const store: CopyStore = {
    findKnown: async (_, ids) =>
      new Map(known.filter(({ id }) => ids.includes(id)).map((message) => [message.id, message])),
    putAbsent: async (_, messages) => {
      wrote('put', idsOf(messages));
      return new Set(refused);
    },
    replace: async (_, message) => {
      wrote('replace', [message.id]);
      return 'kept';
    },
    overwrite: async (_, message) => {
      wrote('overwrite', [message.id]);
      return 'stored';
    },
    updateLabels: async (_, messages) => {
      wrote('label', idsOf(messages));
      return new Set(refused);
    },
    delete: async (_, ids) => wrote('delete', ids),
    scan: async function* () {
      yield [];
    },
    scanByDate: async function* () {},
    count: fail,
    listLabels: fail,
    putLabels: fail,
    findListErrors: fail,
    putListErrors: fail,
    listFailed: fail,
    putFailed: fail,
    deleteFailed: fail,
    erase: fail,
  };
  const copy = announcedCopy(store, async (change, write) => {
    const count =
      'messages' in change ? change.messages.length : 'messageIds' in change ? change.messageIds.length : 0;
    events.push(`announce ${change.type} ${count}`);
    announced.push(change);
    return write();
  });
  return { store, copy, events, announced };
}

const announced = ({ id, threadId, labelIds, historyId }: ReturnType<typeof messageOf>) => ({
  id,
  threadId,
  labelIds,
  historyId,
});

describe('before a write, the feed gets', () => {
  test('of messages that come: nothing but their thread and labels', async () => {
    const { copy, events, announced: changes } = open();
    await copy.putAbsent(mailbox, messagesOf(2));
    expect(events).toEqual(['announce added 2', 'put 2']);
    expect(changes).toEqual([{ type: 'added', messages: messagesOf(2).map(announced) }]);
  });

  test('of a message that is written whole, whether the copy has it or not', async () => {
    const { copy, events, announced: changes } = open([messageOf(1)]);
    expect(await copy.replace(mailbox, messageOf(1))).toBe('kept');
    await copy.replace(mailbox, messageOf(2));
    expect(await copy.overwrite(mailbox, messageOf(1), '9')).toBe('stored');
    expect(events).toEqual([
      'announce relabelled 1',
      'replace 1',
      'announce added 1',
      'replace 1',
      'announce relabelled 1',
      'overwrite 1',
    ]);
    expect(changes[1]).toEqual({ type: 'added', messages: [announced(messageOf(2))] });
  });

  test('of messages that the table then refuses, and the caller learns which', async () => {
    const refused = [messageOf(2).id, messageOf(70).id];
    const { copy } = open([], refused);
    expect(await copy.putAbsent(mailbox, messagesOf(80))).toEqual(new Set(refused));
    expect(await copy.updateLabels(mailbox, messagesOf(80))).toEqual(new Set(refused));
  });

  test('of labels that change', async () => {
    const { copy, events, announced: changes } = open();
    const { id, labelIds, historyId } = messageOf(1);
    await copy.updateLabels(mailbox, [{ id, labelIds, historyId }]);
    expect(events).toEqual(['announce relabelled 1', 'label 1']);
    expect(changes).toEqual([{ type: 'relabelled', messages: [{ id, labelIds, historyId }] }]);
  });

  test('of messages that go', async () => {
    const { copy, events, announced: changes } = open();
    await copy.delete(mailbox, ['a', 'b']);
    expect(events).toEqual(['announce deleted 2', 'delete 2']);
    expect(changes).toEqual([{ type: 'deleted', messageIds: ['a', 'b'] }]);
  });
});

test('nothing is announced of a write that is none: of an older state, or of no messages', async () => {
  const { copy, events } = open([messageOf(1)]);
  await copy.replace(mailbox, messageOf(1, { historyId: padHistoryId('1') }));
  await copy.putAbsent(mailbox, []);
  await copy.updateLabels(mailbox, []);
  await copy.delete(mailbox, []);
  expect(events).toEqual(['replace 1']);
});

test('nothing is written that could not be announced', async () => {
  const { store, events } = open();
  const copy = announcedCopy(store, () => Promise.reject(new Problem('storage_unavailable')));
  await expect(copy.putAbsent(mailbox, messagesOf(1))).rejects.toMatchObject({ code: 'storage_unavailable' });
  await expect(copy.delete(mailbox, ['a'])).rejects.toMatchObject({ code: 'storage_unavailable' });
  expect(events).toEqual([]);
});

describe('much at once is announced and written in parts, one after the other', () => {
  test('fifty messages each, or five hundred IDs', async () => {
    const { copy, events } = open();
    await copy.putAbsent(mailbox, messagesOf(120));
    await copy.updateLabels(mailbox, messagesOf(51));
    await copy.delete(
      mailbox,
      messagesOf(501).map(({ id }) => id),
    );
    expect(events).toEqual([
      'announce added 50',
      'put 50',
      'announce added 50',
      'put 50',
      'announce added 20',
      'put 20',
      'announce relabelled 50',
      'label 50',
      'announce relabelled 1',
      'label 1',
      'announce deleted 500',
      'delete 500',
      'announce deleted 1',
      'delete 1',
    ]);
  });

  test('and fewer where messages have a great many labels, so that any change fits a row and an event', async () => {
    const { copy, announced: changes } = open();
    const labelIds = Array.from({ length: 1_000 }, (_, index) => `Label_123456789012345${index}`);
    await copy.putAbsent(mailbox, messagesOf(20, { labelIds }));
    const lengths = changes.map((change) => JSON.stringify(change).length);
    expect(Math.max(...lengths)).toBeLessThan(110_000);
    expect(changes.length).toBeGreaterThan(3);
    expect(changes.flatMap((change) => ('messages' in change ? change.messages : []))).toHaveLength(20);
  });
});
