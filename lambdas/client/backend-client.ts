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
import { type Call, connect, pathOf, type Sign } from './connection.ts';
import { everyPage } from './follow.ts';
import { changeCalls, copyCalls, messageCalls, wholeMailboxCalls } from './mailbox-calls.ts';

export interface BackendClientOptions {
  /** The site's origin, such as `https://mail.example.com`. */
  readonly site: string;
  /** Signs each request with AWS credentials. */
  readonly sign: Sign;
  /** Limits the client to this owner's accounts: all others are `not_found`. */
  readonly owner?: string | undefined;
  readonly fetch?: typeof fetch | undefined;
}

/** The client of a team's backend. */
export type BackendClient = ReturnType<typeof createBackendClient>;

/** Creates a client for all accounts, or for an owner's. It and every method throw GmailOfflineAccessError. */
export function createBackendClient({ site, sign, owner, fetch }: BackendClientOptions) {
  const signed = connect({ site, authorize: sign, fetch });
  const call: Call = (method, path, options = {}) =>
    signed(method, path, owner === undefined ? options : { ...options, query: { ...options.query, owner } });
  const listAccounts = (query: AccountsQuery = {}) => call<AccountList>('GET', '/accounts', { query });
  return {
    connectLinks: {
      /** Creates a link to send to a user, who connects a mailbox for the owner with it. */
      create: (body: ConnectLinkOrder) => call<ConnectLink>('POST', '/accounts/connect-links', { body }),
    },
    accounts: {
      /** One page of connected accounts. */
      list: listAccounts,
      /** Every connected account, page by page. */
      async *all(query: AccountsQuery = {}): AsyncGenerator<ConnectedAccount, void> {
        for await (const page of everyPage(listAccounts, query)) yield* page.accounts;
      },
      /** Submits the authorization code of a user who consented in an application. */
      completeCode: (body: SubmittedCodeOfOwner) => call<CompletedCode>('POST', '/accounts/code', { body }),
    },
    /** One account. */
    account: (accountId: string) => {
      const path = pathOf('/accounts/{accountId}', { accountId });
      return {
        /** The account, the status of its grant and the progress of its copy. */
        status: () => call<AccountDetails>('GET', path),
        /** An access token for Gmail; only if the site issues them. */
        accessToken: () => call<AccessToken>('POST', `${path}/access-token`),
        messages: messageCalls(call, `${path}/messages`),
        copy: copyCalls(call, `${path}/mailbox/messages`),
        changes: changeCalls(call, `${path}/changes`),
        ...wholeMailboxCalls(call, path),
      };
    },
    /** The changes of all accounts, or of the owner's. */
    changes: changeCalls(call, '/changes'),
  };
}
