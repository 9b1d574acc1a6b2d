import type { Authorization, CodeStart, MailboxStatus, Session } from '../api/answers.ts';
import type { CodeQuery, ConsentQuery, HandoffProof, SubmittedCode } from '../api/requests/consent.ts';
import { connect, originOf, searchOf } from './connection.ts';
import { changeCalls, copyCalls, messageCalls, wholeMailboxCalls } from './mailbox-calls.ts';

export interface ClientOptions {
  /** The site's origin, such as `https://mail.example.com`. */
  readonly site: string;
  /** The session's token; a page of the site itself needs none, because it has the cookie. */
  readonly token?: string | undefined;
  readonly fetch?: typeof fetch | undefined;
}

/** The client of one user's mailbox. */
export type Client = ReturnType<typeof createClient>;

/** Creates a client for the user of a session. It and every method throw GmailOfflineAccessError. */
export function createClient({ site, token, fetch }: ClientOptions) {
  const proof: Record<string, string> = token === undefined ? {} : { authorization: `Bearer ${token}` };
  const call = connect({ site, fetch, authorize: ({ headers }) => ({ ...headers, ...proof }) });
  return {
    auth: {
      /** The link of the site at which a browser signs in; it redirects to Google. */
      loginAddress: (query: ConsentQuery = {}) => {
        const url = new URL('/auth/login', originOf(site));
        url.search = searchOf(query);
        return url.href;
      },
      /** Google's authorization URL, bound to this browser: for pages of the site itself. */
      url: (query: ConsentQuery = {}) => call<Authorization>('GET', '/auth/url', { query }),
      /** Starts the consent of a program that gets the authorization code itself. */
      startCode: (query: CodeQuery) =>
        call<CodeStart>('GET', '/auth/url', { query: { purpose: 'code', ...query } }),
      /** Submits that code and returns a session. */
      completeCode: (body: SubmittedCode) => call<Session>('POST', '/auth/code', { body }),
      /** Exchanges a handoff for a session. */
      takeOver: (body: HandoffProof) => call<Session>('POST', '/auth/session', { body }),
      /** Ends the session. */
      logout: () => call<undefined>('POST', '/auth/logout', { noContent: true }),
    },
    messages: messageCalls(call, '/messages'),
    mailbox: {
      /** The account, the status of its grant and the progress of its copy. */
      status: () => call<MailboxStatus>('GET', '/mailbox'),
      messages: copyCalls(call, '/mailbox/messages'),
      ...wholeMailboxCalls(call, '/mailbox'),
    },
    changes: changeCalls(call, '/mailbox/changes'),
    /** The site's own description: OpenAPI 3.1. */
    describe: () => call<Record<string, unknown>>('GET', '/openapi.json'),
  };
}
