import type { GmailCheck } from '../consent/complete-consent.ts';
import { Problem } from '../errors.ts';
import { describeError, type Logger } from '../log.ts';
import { gmailProblem } from './gmail-problem.ts';
import { createTransport, type Transport } from './transport.ts';

/** A person waits for the consent to end (milliseconds). */
const timeout = 3_000;

/** Asks Gmail for the account's profile, which costs a unit. Without googleapis: its client takes long to load. */
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
      // Nothing else keeps a consent from being stored: the sync and live calls meet it, and report it.
      log.warn({ event: 'gmail not checked', ...describeError(problem) });
      return true;
    }
  };
}
