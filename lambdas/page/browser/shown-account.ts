import type { MailboxStatus } from '../../api/answers.ts';
import { find } from './dom.ts';

/**
 * Whether an answer is of the account that the page names. The cookie belongs to the whole browser: in another tab
 * somebody else may have signed in since.
 */
export function isShownAccount({ account }: Pick<MailboxStatus, 'account'>): boolean {
  return find('#mail', HTMLElement).dataset['account'] === account.id;
}
