import type { Browser } from './browser.ts';
import type { Site } from './site.ts';

/** What a fault at the local Google does. */
export type Effect = Readonly<Record<string, unknown>>;

/** An account at the local Google, and the browser in which its person has consented. */
export interface Person {
  readonly account: string;
  readonly browser: Browser;
}

/** A fault that is set. */
export interface SetFault {
  /** How often it has struck. */
  fired(): Promise<number>;
  /** How many bytes of filled answers went out. */
  poured(): Promise<number>;
  /** Takes every fault of the account away. */
  clear(): Promise<void>;
}

interface ListedFault {
  readonly on: string;
  readonly account?: string;
  readonly fired: number;
  readonly pouredBytes: number;
}

/** Sets a fault that strikes one account so many times, or until it is cleared. */
export async function faultFor(
  site: Site,
  account: string,
  on: string,
  effect: Effect,
  times = 0,
): Promise<SetFault> {
  // biome-ignore lint/suspicious/noThenProperty: a word of the admin routes, never awaited
  await site.admin('POST', '/faults', { on, account, times, then: effect });
  const listed = async () => {
    const { faults } = (await site.admin('GET', '/faults')) as { faults: ListedFault[] };
    const fault = faults.findLast((candidate) => candidate.on === on && candidate.account === account);
    if (fault === undefined) throw new Error(`There is no fault on ${on}.`);
    return fault;
  };
  return {
    fired: async () => (await listed()).fired,
    poured: async () => (await listed()).pouredBytes,
    clear: async () => {
      await site.admin('DELETE', `/faults?account=${account}`);
    },
  };
}

/** Makes an account at the local Google, with so many messages. */
export async function newAccount(site: Site, name: string, messages = 0): Promise<string> {
  const account = `${name.toLowerCase()}@example.com`;
  await site.admin('POST', '/accounts', { email: account, name });
  if (messages > 0) await site.admin('POST', `/accounts/${account}/messages`, { count: messages });
  return account;
}

/** The same for somebody who has connected that mailbox. */
export async function newPerson(site: Site, name: string, messages = 0): Promise<Person> {
  const account = await newAccount(site, name, messages);
  return { account, browser: await site.connected({ account }) };
}
