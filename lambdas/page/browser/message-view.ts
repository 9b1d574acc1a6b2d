import type { Message, MessagePart } from '../../api/answers.ts';
import { element, isolated } from './dom.ts';
import { visibleLabels } from './labels.ts';
import { labelsView } from './list-view.ts';
import { attachmentsOf, findLinks, headerOf, type MailText, textOf } from './mail-text.ts';
import { newTab, safeHtml } from './safe-html.ts';
import type { Words } from './words.ts';

export function messageView(message: Message, words: Words): HTMLElement {
  const { payload = {}, internalDate, labelIds = [] } = message;
  const time = Number(internalDate);
  const labels = visibleLabels(labelIds);
  const header = (name: string) => {
    const value = headerOf(payload, name.toLowerCase());
    return value === '' ? [] : [element('dt', {}, name), element('dd', {}, isolated(value))];
  };
  const date = element('time', { datetime: new Date(time).toISOString() }, words.longDate(time));
  return element(
    'article',
    { class: 'message', 'aria-labelledby': 'subject' },
    element(
      'h2',
      { id: 'subject', tabindex: '-1' },
      isolated(headerOf(payload, 'subject') || '(no subject)'),
    ),
    labels.length > 0 && element('p', {}, labelsView(labels)),
    element(
      'dl',
      { class: 'headers' },
      ...['From', 'To', 'Cc'].flatMap(header),
      element('dt', {}, 'Date'),
      element('dd', {}, date),
    ),
    bodyView(textOf(payload)),
    attachmentsView(payload, words),
  );
}

function bodyView({ kind, text }: MailText): HTMLElement {
  if (kind === 'none') return element('p', { class: 'empty' }, 'This message has no text.');
  if (kind === 'plain') {
    const pieces = findLinks(text.trim()).map((piece) =>
      piece.href === undefined
        ? piece.text
        : element('a', { href: piece.href, ...newTab }, isolated(piece.text)),
    );
    return element('div', { class: 'text plain', dir: 'auto' }, ...pieces);
  }
  const body = element('div', { class: 'text', dir: 'auto' });
  const { nodes, isCut } = safeHtml(text);
  body.append(nodes);
  const left = isCut
    ? 'This message is very long: its end, images and styling are hidden.'
    : 'Images and styling are hidden.';
  const remark = element('p', { class: 'quiet' }, left);
  return element('div', {}, body, remark);
}

function attachmentsView(payload: MessagePart, words: Words): HTMLElement | undefined {
  const files = attachmentsOf(payload);
  if (files.length === 0) return undefined;
  const lines = files.map(({ name, size }) =>
    element('li', {}, isolated(name), ' ', element('span', { class: 'quiet' }, words.size(size))),
  );
  return element(
    'section',
    { class: 'files', 'aria-labelledby': 'files' },
    element('h3', { id: 'files' }, words.count(files.length, 'attachment')),
    element('ul', {}, ...lines),
    element('p', { class: 'quiet' }, 'Attachments are not stored here. Open them in Gmail.'),
  );
}
