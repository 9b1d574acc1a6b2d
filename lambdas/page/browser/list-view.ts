import type { ListedMessage, MessageList, MessageSummary } from '../../api/answers.ts';
import { type Address, writeAddress } from './address.ts';
import { element, isolated } from './dom.ts';
import { labelName, visibleLabels } from './labels.ts';
import { senderName, type Words } from './words.ts';

export type ShownList = Pick<MessageList, 'messages' | 'nextPageToken'>;

interface ListContext {
  readonly address: Address;
  readonly words: Words;
  readonly now: number;
  /** The address of the previous page, if the user came from it. */
  readonly newer: string | undefined;
}

/** A page of a list, newest first as received, with links to the other pages. */
export function listView(list: ShownList, context: ListContext): HTMLElement {
  const { address, newer } = context;
  const { messages, nextPageToken } = list;
  const pageLink = (href: string | undefined, rel: string, words: string) =>
    href !== undefined && element('a', { href, rel, class: 'other' }, words);
  const newest = address.page !== '' && newer === undefined ? writeAddress({ ...address, page: '' }) : newer;
  const older = nextPageToken === undefined ? undefined : writeAddress({ ...address, page: nextPageToken });
  return element(
    'div',
    {},
    messages.length === 0 && element('p', { class: 'empty' }, emptyWords(list, address)),
    messages.length > 0 &&
      element('ul', { class: 'rows' }, ...messages.map((row) => element('li', {}, rowView(row, context)))),
    (newest !== undefined || older !== undefined) &&
      element(
        'nav',
        { class: 'pages', 'aria-label': 'Pages' },
        pageLink(newest, 'prev', newer === undefined ? 'Newest' : 'Newer'),
        pageLink(older, 'next', 'Older'),
      ),
  );
}

export function countWords(
  { messages, nextPageToken }: ShownList,
  { page }: Pick<Address, 'page'>,
  words: Words,
): string {
  if (messages.length === 0) return '';
  const count = words.count(messages.length, 'message');
  if (nextPageToken === undefined) return count;
  return `${page === '' ? `Newest ${words.number(messages.length)}` : count} · older below`;
}

function emptyWords({ nextPageToken }: ShownList, { q, label, from, to, source }: Address): string {
  if (nextPageToken !== undefined) return 'No messages on this page. There may be older ones.';
  const isNarrowed = source === 'live' ? q + label !== '' : label + from + to !== '';
  if (isNarrowed) return 'No messages match your search.';
  return source === 'copy' ? 'Nothing is stored yet.' : 'This mailbox has no messages.';
}

function rowView({ id, summary }: ListedMessage, context: ListContext): HTMLElement {
  const href = writeAddress({ ...context.address, message: id });
  if (!summary) {
    return element(
      'a',
      { class: 'row', href, 'data-id': id },
      element('span', { class: 'snippet' }, 'Not copied yet'),
    );
  }
  const isUnread = summary.labelIds.includes('UNREAD');
  const labels = visibleLabels(summary.labelIds);
  return element(
    'a',
    { class: isUnread ? 'row unread' : 'row', href, 'data-id': id },
    element(
      'span',
      { class: 'from' },
      isUnread && element('span', { class: 'unseen' }, 'Unread, from '),
      isolated(senderName(summary.from) || '(no sender)'),
    ),
    timeView(summary, context),
    element('span', { class: 'subject' }, isolated(summary.subject || '(no subject)')),
    element('span', { class: 'snippet' }, isolated(summary.snippet)),
    labels.length > 0 && labelsView(labels),
  );
}

function timeView({ internalDate }: MessageSummary, { words, now }: ListContext): HTMLElement {
  const time = Number(internalDate);
  return element(
    'time',
    { datetime: new Date(time).toISOString(), title: words.longDate(time) },
    words.shortDate(time, now),
  );
}

export function labelsView(ids: readonly string[]): HTMLElement {
  const chips = ids.flatMap((id) => [
    element('span', { class: 'chip', 'data-label': id }, isolated(labelName(id))),
    ' ',
  ]);
  return element('span', { class: 'chips' }, element('span', { class: 'unseen' }, 'Labels: '), ...chips);
}

/** Fills in names of labels that were unknown when their badges were created. */
export function renameLabels(): void {
  for (const chip of document.querySelectorAll<HTMLElement>('[data-label]')) {
    chip.replaceChildren(isolated(labelName(chip.dataset['label'] ?? '')));
  }
}
