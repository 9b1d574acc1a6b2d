import type { MailboxStatus } from '../../api/answers.ts';
import { find } from './dom.ts';

/**
 * Whether a response is for the account that the page names. All tabs share the cookie, so another user may have signed
 * in since.
 */
export function isShownAccount({ account }: Pick<MailboxStatus, 'account'>): boolean {
  return find('#mail', HTMLElement).dataset['account'] === account.id;
}
