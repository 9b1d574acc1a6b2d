import type { GmailCheck } from '../consent/complete-consent.ts';
import { Problem } from '../errors.ts';
import { describeError, type Logger } from '../log.ts';
import { gmailProblem } from './gmail-problem.ts';
import { createTransport, type Transport } from './transport.ts';

/** The user waits for the consent to complete (milliseconds). */
const timeout = 3_000;

/**
 * Requests the account's Gmail profile, which costs one unit. It does without googleapis, whose client is slow to load.
 */
export function createGmailCheck({
  rootUrl,
  log,
  transport = createTransport(),
  clock = Date.now,
}: {
  rootUrl: string;
  log: Logger;
  transport?: Transport;
  clock?: () => number;
}): GmailCheck {
  return async (accessToken) => {
    try {
      await transport.request<unknown>({
        url: new URL('gmail/v1/users/me/profile?fields=historyId', rootUrl),
        headers: { authorization: `Bearer ${accessToken}` },
        timeout,
        responseType: 'json',
      });
      return true;
    } catch (error) {
      const problem = gmailProblem(error, clock());
      if (problem instanceof Problem && problem.code === 'gmail_not_enabled') return false;
      // Any other failure does not block the consent: the sync and live calls will meet and report it.
      log.warn({ event: 'gmail not checked', ...describeError(problem) });
      return true;
    }
  };
}
