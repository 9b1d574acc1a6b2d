import { listAccountsQuery } from '../api/requests/accounts.ts';
import { Problem } from '../errors.ts';
import type { Route } from '../http/handler.ts';
import { parseQuery } from '../http/query.ts';
import { answer } from '../http/response.ts';
import { countFitting } from '../http/response-size.ts';
import { mailboxOf } from '../mail-address.ts';
import { hashOf } from '../secrets.ts';
import { requestedOwner } from '../sessions/caller.ts';
import { showAccount } from './account.ts';
import type { AccountList } from './account-list.ts';

interface ListAccountsDependencies {
  readonly accounts: AccountList;
  readonly scopes: readonly string[];
}

/** The connected accounts of an owner, of an address, or of the stage, page by page. */
export function listAccountsRoute({ accounts, scopes }: ListAccountsDependencies): Route {
  return async (request) => {
    const owner = requestedOwner(request);
    const { email, status, pageToken, maxResults: limit } = parseQuery(request, listAccountsQuery);
    const which = nameOf(owner, email === undefined ? email : mailboxOf(email), status);
    const page = await accounts.list({
      owner,
      email,
      // The configuration decides whether the scopes suffice, not the table.
      status: status === 'insufficient_scope' ? 'active' : status,
      limit,
      after: pageToken === undefined ? undefined : readPageToken(pageToken, which),
    });
    const shown = page.accounts.map((account) => showAccount(account, scopes));
    const fitting = countFitting(shown);
    const next = fitting < shown.length ? shown[fitting - 1]?.id : page.next;
    return answer<'GET /accounts'>(200, {
      accounts: shown
        .slice(0, fitting)
        .filter((account) => status === undefined || account.status === status),
      ...(next !== undefined && { nextPageToken: writePageToken(next, which) }),
    });
  };
}

function nameOf(...query: readonly (string | undefined)[]): string {
  return hashOf(JSON.stringify(query.map((part) => part ?? null))).slice(0, 22);
}

/** A page token is valid only for its query: in another one it would continue in the middle of a different list. */
function writePageToken(accountId: string, which: string): string {
  return Buffer.from(`${which}.${accountId}`).toString('base64url');
}

function readPageToken(token: string, which: string): string {
  const [, of, accountId] = /^([\w-]{22})\.([\x21-\x7e]{1,255})$/.exec(decode(token)) ?? [];
  if (accountId !== undefined && of === which) return accountId;
  throw new Problem('invalid_request', {
    detail: 'Query parameters: pageToken does not belong to this query.',
  });
}

function decode(token: string): string {
  return Buffer.from(token, 'base64url').toString();
}
