import type { LabelList } from '../../api/answers.ts';
import { isClientError } from './trouble.ts';

/** The names of Gmail's own labels, as people know them. */
export const ownLabels: ReadonlyMap<string, string> = new Map([
  ['INBOX', 'Inbox'],
  ['UNREAD', 'Unread'],
  ['STARRED', 'Starred'],
  ['IMPORTANT', 'Important'],
  ['SENT', 'Sent'],
  ['DRAFT', 'Drafts'],
  ['CATEGORY_PERSONAL', 'Personal'],
  ['CATEGORY_SOCIAL', 'Social'],
  ['CATEGORY_PROMOTIONS', 'Promotions'],
  ['CATEGORY_UPDATES', 'Updates'],
  ['CATEGORY_FORUMS', 'Forums'],
  ['SPAM', 'Spam'],
  ['TRASH', 'Trash'],
]);

/** The labels that the person made, by ID; empty until Gmail has told them. */
const made = new Map<string, string>();

/** What a label is called; its ID where Gmail has not told. */
export function labelName(id: string): string {
  return ownLabels.get(id) ?? made.get(id) ?? id;
}

/** The labels worth telling of a message in a list, by ID: not where all stand, nor what its type tells. */
export function visibleLabels(labelIds: readonly string[]): string[] {
  return labelIds.filter((id) => !['INBOX', 'UNREAD', 'CATEGORY_PERSONAL', 'CHAT'].includes(id));
}

/**
 * Has Gmail tell the names, once for as long as the page is open; if it does not, labels keep their IDs.
 *
 * @returns the IDs of the labels that the person made, by the alphabet of their names
 */
export async function loadLabelNames(ask: () => Promise<LabelList>): Promise<readonly string[]> {
  try {
    const { labels } = await ask();
    for (const { id, name, type } of labels) if (type === 'user') made.set(id, name);
  } catch (error) {
    if (!isClientError(error)) throw error;
  }
  return [...made.keys()].sort((one, other) => labelName(one).localeCompare(labelName(other)));
}
