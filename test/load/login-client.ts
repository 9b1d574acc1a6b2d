import { mailboxStatus, messageList, problem } from '../../lambdas/api/answers.ts';
import { Browser } from '../support/browser.ts';
import { walkConsent } from '../support/walk-consent.ts';
import type { Person } from './people.ts';
import { askWatched, type LoadGround, must } from './watched-fetch.ts';

/**
 * Signs a person in, each time in a new browser, looks whose mailbox that has, and logs out, again and again until the
 * end.
 *
 * @param sessions where every session is put, so that no two may be the same
 */
export async function signInAgainAndAgain(
  { email, messageIds }: Person,
  ground: LoadGround,
  sessions: Set<string>,
): Promise<void> {
  while (Date.now() < ground.endsAt) {
    const browser = new Browser();
    const startedAt = performance.now();
    const page = await walkConsent(browser, ground.origin, { account: email });
    ground.tally.answered('login, from link to page', performance.now() - startedAt);
    const token = browser.cookie('localhost', 'session');
    if (page.status !== 200 || token === undefined || sessions.has(token)) {
      ground.tally.faults.push(`login: ${page.status}: ${page.text.slice(0, 300)}`);
      return;
    }
    sessions.add(token);
    await askWatched(ground, {
      kind: 'mailbox after login',
      path: '/mailbox',
      token,
      faultOf: must(200, mailboxStatus, ({ account }) =>
        account.email === email ? undefined : account.email,
      ),
    });
    await askWatched(ground, {
      kind: 'list after login',
      path: '/messages',
      token,
      faultOf: must(200, messageList, ({ messages }) =>
        messages.every(({ id }) => messageIds.has(id)) && messages.length === messageIds.size
          ? undefined
          : `not the mail of ${email}: ${JSON.stringify(messages)}`,
      ),
    });
    await askWatched(ground, {
      kind: 'logout',
      path: '/auth/logout',
      method: 'POST',
      token,
      faultOf: (status) => (status === 204 ? undefined : 'the session was not ended'),
    });
    await askWatched(ground, {
      kind: 'mailbox after logout',
      path: '/mailbox',
      token,
      faultOf: must(401, problem, ({ code }) => (code === 'login_required' ? undefined : code)),
    });
  }
}
