import { Browser } from './browser.ts';
import { invite } from './callers.ts';
import type { Site } from './site.ts';

/** Two owners, each with one mailbox. */
export const mailboxes = { acme: 'ada@example.com', globex: 'grace@example.com' };

export type Owner = keyof typeof mailboxes;

/** What belongs to an owner. */
export interface Owned {
  readonly owner: Owner;
  readonly accountId: string;
  /** The session of the mailbox's person. */
  readonly session: string;
  /** The newest message, and all others. */
  readonly messageId: string;
  readonly messageIds: readonly string[];
}

/** Lets the two people connect their mailboxes, each by a link of its owner. */
export async function connectOwners(site: Site): Promise<Record<Owner, Owned>> {
  const connect = async (owner: Owner): Promise<Owned> => {
    const account = mailboxes[owner];
    const browser = new Browser();
    await site.consent(browser, { start: await invite(site, owner), account });
    const grant = (await site.items('grants')).find(({ email }) => email === account);
    const messageIds = (await site.truth(account)).map(({ id }) => id);
    const [messageId] = messageIds;
    const session = browser.cookie('localhost', 'session');
    if (grant === undefined || messageId === undefined || session === undefined) {
      throw new Error(`${account} is not connected.`);
    }
    return { owner, accountId: String(grant['accountId']), session, messageId, messageIds };
  };
  return { acme: await connect('acme'), globex: await connect('globex') };
}
