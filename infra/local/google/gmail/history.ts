import { invalidArgument, notFound } from './errors.ts';
import type { HistoryRecord, Mailbox } from './mailbox.ts';
import { pageSize, readPageToken, writePageToken } from './paging.ts';

const types = {
  messageAdded: 'messagesAdded',
  messageDeleted: 'messagesDeleted',
  labelAdded: 'labelsAdded',
  labelRemoved: 'labelsRemoved',
} as const;

/**
 * Answers `history.list`: what happened since `startHistoryId`, oldest first.
 *
 * @param emptyPage return an empty page with a page token, as Google sometimes does.
 */
export function listHistory(mailbox: Mailbox, parameters: URLSearchParams, emptyPage: boolean) {
  const start = parameters.get('startHistoryId') ?? '';
  if (!/^\d{1,20}$/.test(start)) throw invalidArgument('Invalid startHistoryId');
  const wanted = parameters.getAll('historyTypes').flatMap((list) => list.split(','));
  const labelId = parameters.get('labelId');
  const listing = ['history', start, wanted, labelId];
  const since = readPageToken(parameters, listing) ?? start;
  if (mailbox.historySince(BigInt(start)) === undefined) throw notFound();
  const records = (mailbox.historySince(BigInt(since)) ?? [])
    .filter((record) => labelId === null || touches(record, labelId))
    .map((record) => formatRecord(record, wanted))
    .filter((record) => record !== undefined);
  const page = emptyPage ? [] : records.slice(0, pageSize(parameters));
  const more = emptyPage || page.length < records.length;
  return {
    ...(page.length > 0 ? { history: page } : {}),
    ...(more ? { nextPageToken: writePageToken(listing, page.at(-1)?.id ?? since) } : {}),
    historyId: mailbox.historyId,
  };
}

function touches(record: HistoryRecord, labelId: string): boolean {
  return [...record.labelIds, ...(record.labelsRemoved ?? [])].includes(labelId);
}

function formatRecord(record: HistoryRecord, wanted: readonly string[]) {
  const { messageId: id, threadId, labelIds } = record;
  const message = { id, threadId, labelIds };
  const changes: Record<string, readonly unknown[] | undefined> = {
    messageAdded: record.added && [{ message }],
    messageDeleted: record.deleted && [{ message }],
    labelAdded: record.labelsAdded && [{ message, labelIds: record.labelsAdded }],
    labelRemoved: record.labelsRemoved && [{ message, labelIds: record.labelsRemoved }],
  };
  const shown = Object.entries(types)
    .filter(([type]) => changes[type] && (wanted.length === 0 || wanted.includes(type)))
    .map(([type, name]) => [name, changes[type]]);
  if (shown.length === 0) return undefined;
  return { id: record.id, messages: [{ id, threadId }], ...Object.fromEntries(shown) };
}
