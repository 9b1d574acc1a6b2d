/** A label of a mailbox. */
export interface Label {
  readonly id: string;
  readonly name: string;
  readonly type: 'system' | 'user';
}

const system = [
  'INBOX',
  'SENT',
  'DRAFT',
  'SPAM',
  'TRASH',
  'UNREAD',
  'STARRED',
  'IMPORTANT',
  'CHAT',
  'CATEGORY_PERSONAL',
  'CATEGORY_SOCIAL',
  'CATEGORY_PROMOTIONS',
  'CATEGORY_UPDATES',
  'CATEGORY_FORUMS',
];

const user = ['Receipts', 'Travel', 'Work/Projects'];

/** The labels of every mailbox: Gmail's own, and three that represent a user's. */
export const labels: readonly Label[] = [
  ...system.map((id): Label => ({ id, name: id, type: 'system' })),
  ...user.map((name, index): Label => ({ id: `Label_${index + 1}`, name, type: 'user' })),
];

/** Whether a label ID exists. */
export function isLabel(id: string): boolean {
  return labels.some((label) => label.id === id);
}
