import { type Failure, GmailOfflineAccessError } from '../../client/error.ts';

export interface DisplayedError
  extends Pick<Failure, 'detail' | 'requestId' | 'authorizationUrl' | 'retryAfterSeconds'> {
  readonly title: string;
  /** The problem's stable code; absent if there was no response, or one that is not this site's. */
  readonly code?: string | undefined;
}

const usual: DisplayedError = { title: 'It did not work', detail: 'It did not work. Try again.' };
const unreachable: DisplayedError = {
  title: 'The site cannot be reached',
  detail: 'The site cannot be reached. Try again.',
};
const unexpected: DisplayedError = {
  title: 'The site returned an unexpected answer',
  detail: 'Reload the page and try again.',
};

/** Describes the error of a request, or of reading its response. */
export function displayedErrorOf(error: unknown): DisplayedError {
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
