import type {
  AccessToken,
  AccountDetails,
  AccountList,
  CompletedCode,
  ConnectedAccount,
  ConnectLink,
} from '../api/answers.ts';
import type { AccountsQuery, ConnectLinkOrder } from '../api/requests/accounts.ts';
import type { SubmittedCodeOfOwner } from '../api/requests/consent.ts';
import { type Ask, connect, pathOf, type Sign } from './connection.ts';
import { everyPage } from './follow.ts';
import { changeCalls, copyCalls, messageCalls, wholeMailboxCalls } from './mailbox-calls.ts';

/** How a client of a team's backend comes to the site. */
export interface BackendClientOptions {
  /** The site's origin, such as `https://mail.example.com`. */
  readonly site: string;
  /** Signs each request with AWS credentials. */
  readonly sign: Sign;
  /** Stay within this owner's accounts: all others are `not_found`. */
  readonly owner?: string | undefined;
  readonly fetch?: typeof fetch | undefined;
}

/** The client of a team's backend. */
export type BackendClient = ReturnType<typeof createBackendClient>;

/**
 * Makes a client that works for all accounts of the stage, or for an owner's. It and every method throw
 * GmailOfflineAccessError.
 */
export function createBackendClient({ site, sign, owner, fetch }: BackendClientOptions) {
  const signed = connect({ site, authorize: sign, fetch });
  const ask: Ask = (method, path, question = {}) =>
    signed(
      method,
      path,
      owner === undefined ? question : { ...question, query: { ...question.query, owner } },
    );
  const listAccounts = (query: AccountsQuery = {}) => ask<AccountList>('GET', '/accounts', { query });
  return {
    connectLinks: {
      /** Makes a link to send to a person: who follows it connects a mailbox for the owner. */
      create: (body: ConnectLinkOrder) => ask<ConnectLink>('POST', '/accounts/connect-links', { body }),
    },
    accounts: {
      /** One page of connected accounts. */
      list: listAccounts,
      /** Every connected account, page after page. */
      async *all(query: AccountsQuery = {}): AsyncGenerator<ConnectedAccount, void> {
        const { pageToken: first, ...rest } = query;
        for await (const page of everyPage((pageToken) => listAccounts({ ...rest, pageToken }), first)) {
          yield* page.accounts;
        }
      },
      /** Brings the code of a person who consented elsewhere. */
      completeCode: (body: SubmittedCodeOfOwner) => ask<CompletedCode>('POST', '/accounts/code', { body }),
    },
    /** One account. */
    account: (accountId: string) => {
      const path = pathOf('/accounts/{accountId}', { accountId });
      return {
        /** Whose it is, how its grant stands and how far its copy is. */
        status: () => ask<AccountDetails>('GET', path),
        /** An access token, to call Gmail with; only where the site hands them out. */
        accessToken: () => ask<AccessToken>('POST', `${path}/access-token`),
        messages: messageCalls(ask, `${path}/messages`),
        copy: copyCalls(ask, `${path}/mailbox/messages`),
        changes: changeCalls(ask, `${path}/changes`),
        ...wholeMailboxCalls(ask, path),
      };
    },
    /** The changes of all accounts, or of the owner's. */
    changes: changeCalls(ask, '/changes'),
  };
}
