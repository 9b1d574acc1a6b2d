import type { Authorization, CodeStart, MailboxStatus, Session } from '../api/answers.ts';
import type { CodeQuery, ConsentQuery, HandoffProof, SubmittedCode } from '../api/requests/consent.ts';
import { connect, originOf, searchOf } from './connection.ts';
import { changeCalls, copyCalls, messageCalls, wholeMailboxCalls } from './mailbox-calls.ts';

/** How a client of a person's session comes to the site. */
export interface ClientOptions {
  /** The site's origin, such as `https://mail.example.com`. */
  readonly site: string;
  /** The session's token. Without one, a page of the site itself is known by its cookie. */
  readonly token?: string | undefined;
  readonly fetch?: typeof fetch | undefined;
}

/** The client of one person's mailbox. */
export type Client = ReturnType<typeof createClient>;

/**
 * Makes a client that works for the person whose session it holds. It and every method throw GmailOfflineAccessError.
 */
export function createClient({ site, token, fetch }: ClientOptions) {
  const proof: Record<string, string> = token === undefined ? {} : { authorization: `Bearer ${token}` };
  const ask = connect({ site, fetch, authorize: ({ headers }) => ({ ...headers, ...proof }) });
  return {
    auth: {
      /** Where to send a browser that is to sign in: a link of the site, which leads on to Google. */
      loginAddress: (query: ConsentQuery = {}) => {
        const url = new URL('/auth/login', originOf(site));
        url.search = searchOf(query);
        return url.href;
      },
      /** Google's address, bound to the browser that asks: for pages of the site itself. */
      url: (query: ConsentQuery = {}) => ask<Authorization>('GET', '/auth/url', { query }),
      /** What to ask Google for, where the program gets the code itself. */
      startCode: (query: CodeQuery) =>
        ask<CodeStart>('GET', '/auth/url', { query: { purpose: 'code', ...query } }),
      /** Brings that code; gives a session. */
      completeCode: (body: SubmittedCode) => ask<Session>('POST', '/auth/code', { body }),
      /** Takes over the session that a handoff stands for. */
      takeOver: (body: HandoffProof) => ask<Session>('POST', '/auth/session', { body }),
      /** Ends the session. */
      logout: () => ask<undefined>('POST', '/auth/logout', { noContent: true }),
    },
    messages: messageCalls(ask, '/messages'),
    mailbox: {
      /** Whose mailbox it is, how its grant stands and how far its copy is. */
      status: () => ask<MailboxStatus>('GET', '/mailbox'),
      messages: copyCalls(ask, '/mailbox/messages'),
      ...wholeMailboxCalls(ask, '/mailbox'),
    },
    changes: changeCalls(ask, '/mailbox/changes'),
    /** The site's own description: OpenAPI 3.1. */
    describe: () => ask<Record<string, unknown>>('GET', '/openapi.json'),
  };
}
