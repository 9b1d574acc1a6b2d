import type { LabelList } from '../../api/answers.ts';
import { isClientError } from './displayed-error.ts';

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

/** The user's own labels, by ID; empty until Gmail has returned them. */
const made = new Map<string, string>();

/** The name of a label; its ID if the name is unknown. */
export function labelName(id: string): string {
  return ownLabels.get(id) ?? made.get(id) ?? id;
}

/** The IDs of the labels to show in a list: not the most common ones, nor those that the list shows otherwise. */
export function visibleLabels(labelIds: readonly string[]): string[] {
  return labelIds.filter((id) => !['INBOX', 'UNREAD', 'CATEGORY_PERSONAL', 'CHAT'].includes(id));
}

/**
 * Fetches the names from Gmail, once per page load; if that fails, labels are shown by ID.
 *
 * @returns the IDs of the user's own labels, sorted by name
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
