import { GmailOfflineAccessError } from '../../client/error.ts';

/** Why something did not work, in words for people. */
export interface Trouble {
  readonly title: string;
  readonly detail: string;
  /** A problem's stable code. What else answered, or did not answer, has none. */
  readonly code?: string | undefined;
  readonly requestId?: string | undefined;
  /** Where the remedy is a new consent. */
  readonly authorizationUrl?: string | undefined;
  readonly retryAfterSeconds?: number | undefined;
}

const usual: Trouble = { title: 'It did not work', detail: 'It did not work. Try again.' };
const unreached: Trouble = {
  title: 'The site cannot be reached',
  detail: 'The site cannot be reached. Try again.',
};
const senseless: Trouble = {
  title: 'The site’s answer makes no sense',
  detail: 'Reload the page and try again.',
};

/** Puts into words whatever went wrong with a request, or with reading its answer. */
export function troubleOf(error: unknown): Trouble {
  if (!isOfSite(error) || error.code === 'unexpected_response') return senseless;
  if (error.status === undefined) return unreached;
  const { title = usual.title, code, detail, requestId, authorizationUrl, retryAfterSeconds } = error;
  const shown = { title, detail: detail || usual.detail, requestId, authorizationUrl, retryAfterSeconds };
  return code === 'gateway' ? shown : { ...shown, code };
}

/** Whether a request failed; else the page itself did, over an answer that makes no sense or by a fault of its own. */
export function isOfSite(error: unknown): error is GmailOfflineAccessError {
  return error instanceof GmailOfflineAccessError;
}
