import type { MailboxStatus } from '../../api/answers.ts';
import { createClient } from '../../client/client.ts';
import { find } from './dom.ts';

/** The site's API, called with the browser's cookie. The signal aborts the client's calls. */
export function site(signal?: AbortSignal) {
  return createClient({
    site: location.origin,
    fetch: (address, options) => fetch(address, signal === undefined ? options : { ...options, signal }),
  });
}

/**
 * Whether a response is for the account that the page names. All tabs share the cookie, so another user may have signed
 * in since.
 */
export function isShownAccount({ account }: Pick<MailboxStatus, 'account'>): boolean {
  return find('#mail', HTMLElement).dataset['account'] === account.id;
}
