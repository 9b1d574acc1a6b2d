import { describe, expect, test } from 'vitest';
import type { ChangeBody } from '../../../../lambdas/changes/change.ts';
import type { KnownMessage, MailboxKey } from '../../../../lambdas/copied-message.ts';
import { Problem } from '../../../../lambdas/errors.ts';
import { LabelNames } from '../../../../lambdas/sync/job/label-names.ts';
import {
  addMessages,
  deleteMessages,
  relabelMessages,
  rewriteMessage,
} from '../../../../lambdas/sync/job/write-copy.ts';
import { messageOf, messagesOf } from '../../aws/copied-messages.ts';

const mailbox = { accountId: 'account-1', generation: 'generation-1' };

/** A job that records announcements and writes, in their order; the table refuses these messages. */
function open(refused: readonly string[] = []) {
  const events: string[] = [];
  const announced: ChangeBody[] = [];
  const copy = {
    putAbsent: async (_: MailboxKey, messages: readonly KnownMessage[]) => {
      events.push(`put ${messages.length}`);
      return new Set(refused);
    },
    replace: async () => {
      events.push('replace 1');
      return 'kept' as const;
    },
    overwrite: async () => {
      events.push('overwrite 1');
      return 'stored' as const;
    },
    updateLabels: async (_: MailboxKey, messages: readonly KnownMessage[]) => {
      events.push(`label ${messages.length}`);
      return new Set(refused);
    },
    delete: async (_: MailboxKey, ids: readonly string[]) => {
      events.push(`delete ${ids.length}`);
    },
  };
  const begin = async (change: ChangeBody) => {
    const count =
      'messages' in change ? change.messages.length : 'messageIds' in change ? change.messageIds.length : 0;
    events.push(`announce ${change.type} ${count}`);
    announced.push(change);
  };
  const job = {
    copy,
    state: mailbox,
    labelNames: new LabelNames(),
    announcements: { begin, end: () => {} },
  };
  return { job, events, announced };
}

const announced = ({ id, threadId, labelIds, historyId }: ReturnType<typeof messageOf>) => ({
  id,
  threadId,
  labelIds,
  historyId,
});

describe('before a write, the feed gets', () => {
  test('of messages that come: nothing but their thread and labels', async () => {
    const { job, events, announced: changes } = open();
    await addMessages(messagesOf(2), job);
    expect(events).toEqual(['announce added 2', 'put 2']);
    expect(changes).toEqual([{ type: 'added', messages: messagesOf(2).map(announced) }]);
  });

  test('of a message that is written whole, even over a row that claims to be newer', async () => {
    const { job, events, announced: changes } = open();
    const row = messageOf(1);
    expect(await rewriteMessage(row, row, job)).toBe('kept');
    expect(await rewriteMessage(row, { ...row, historyId: '9'.repeat(20) }, job)).toBe('stored');
    expect(events).toEqual(['announce relabelled 1', 'replace 1', 'announce relabelled 1', 'overwrite 1']);
    expect(changes[0]).toEqual({ type: 'relabelled', messages: [announced(row)] });
  });

  test('of messages that the table then refuses, and the caller learns which', async () => {
    const refused = [messageOf(2).id, messageOf(70).id];
    const { job } = open(refused);
    expect(await addMessages(messagesOf(80), job)).toEqual(new Set(refused));
    expect(await relabelMessages(messagesOf(80), job)).toEqual(new Set(refused));
  });

  test('of labels that change', async () => {
    const { job, events, announced: changes } = open();
    const { id, labelIds, historyId } = messageOf(1);
    await relabelMessages([{ id, labelIds, historyId }], job);
    expect(events).toEqual(['announce relabelled 1', 'label 1']);
    expect(changes).toEqual([{ type: 'relabelled', messages: [{ id, labelIds, historyId }] }]);
  });

  test('of messages that go', async () => {
    const { job, events, announced: changes } = open();
    await deleteMessages(['a', 'b'], job);
    expect(events).toEqual(['announce deleted 2', 'delete 2']);
    expect(changes).toEqual([{ type: 'deleted', messageIds: ['a', 'b'] }]);
  });
});

test('nothing is announced of a write of no messages', async () => {
  const { job, events } = open();
  await addMessages([], job);
  await relabelMessages([], job);
  await deleteMessages([], job);
  expect(events).toEqual([]);
});

test('nothing is written that could not be announced', async () => {
  const { job: whole, events } = open();
  const begin = () => Promise.reject(new Problem('storage_unavailable'));
  const job = { ...whole, announcements: { ...whole.announcements, begin } };
  await expect(addMessages(messagesOf(1), job)).rejects.toMatchObject({ code: 'storage_unavailable' });
  await expect(deleteMessages(['a'], job)).rejects.toMatchObject({ code: 'storage_unavailable' });
  expect(events).toEqual([]);
});

describe('much at once is announced and written in parts, one after the other', () => {
  test('fifty messages each, or five hundred IDs', async () => {
    const { job, events } = open();
    await addMessages(messagesOf(120), job);
    await relabelMessages(messagesOf(51), job);
    await deleteMessages(
      messagesOf(501).map(({ id }) => id),
      job,
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
    const { job, announced: changes } = open();
    const labelIds = Array.from({ length: 1_000 }, (_, index) => `Label_123456789012345${index}`);
    await addMessages(messagesOf(20, { labelIds }), job);
    const lengths = changes.map((change) => JSON.stringify(change).length);
    expect(Math.max(...lengths)).toBeLessThan(110_000);
    expect(changes.length).toBeGreaterThan(3);
    expect(changes.flatMap((change) => ('messages' in change ? change.messages : []))).toHaveLength(20);
  });
});
