import { GmailOfflineAccessError } from '../../client/error.ts';

/** Why something did not work, in words for people. */
export interface Trouble {
  readonly title: string;
  readonly detail: string;
  /** The problem's stable code; absent if the response was not this site's, or if there was none. */
  readonly code?: string | undefined;
  readonly requestId?: string | undefined;
  /** Where the remedy is a new consent. */
  readonly authorizationUrl?: string | undefined;
  readonly retryAfterSeconds?: number | undefined;
}

const usual: Trouble = { title: 'It did not work', detail: 'It did not work. Try again.' };
const unreachable: Trouble = {
  title: 'The site cannot be reached',
  detail: 'The site cannot be reached. Try again.',
};
const unexpected: Trouble = {
  title: 'The site returned an unexpected answer',
  detail: 'Reload the page and try again.',
};

/** Puts into words whatever went wrong with a request, or with reading its answer. */
export function troubleOf(error: unknown): Trouble {
  if (!isClientError(error) || error.code === 'unexpected_response') return unexpected;
  if (error.status === undefined) return unreachable;
  const { title = usual.title, code, detail, requestId, authorizationUrl, retryAfterSeconds } = error;
  const shown = { title, detail: detail || usual.detail, requestId, authorizationUrl, retryAfterSeconds };
  return code === 'gateway' ? shown : { ...shown, code };
}

/** Whether the API client reported the error. Any other is a bug of the page, or a response that it could not show. */
export function isClientError(error: unknown): error is GmailOfflineAccessError {
  return error instanceof GmailOfflineAccessError;
}
