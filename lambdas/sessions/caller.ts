import type { MailboxKey } from '../copied-message.ts';
import { Problem } from '../errors.ts';
import type { Grant } from '../grants/grant.ts';
import { isBackendRoute } from '../http/backend-route.ts';
import type { HttpRequest } from '../http/request.ts';
import { requireSession, type SessionUse } from './require-session.ts';

/** What tells whose account one is. */
export type AccountSummary = Pick<Grant, 'accountId' | 'generation' | 'owner' | 'status'>;

export interface CallerDependencies extends SessionUse {
  readonly findAccount: (accountId: string) => Promise<AccountSummary | undefined>;
}

/**
 * Whose mailbox a request works with: on a backend route the account that the path names, else the session's. The
 * route alone decides how a caller proves itself, never what the request happens to carry.
 *
 * @throws Problem `login_required`; on a backend route `not_found`, also for accounts outside `owner=` where that is given
 */
export async function requireCaller(
  request: HttpRequest,
  dependencies: CallerDependencies,
): Promise<MailboxKey> {
  if (!isBackendRoute(request.routeKey)) return requireSession(request, dependencies);
  return requireAccount(request, dependencies);
}

/**
 * The account that the path of a backend route names.
 *
 * @throws Problem `not_found`, also for accounts outside `owner=` where that is given; and as requestedOwner
 */
export async function requireAccount<Account extends Pick<AccountSummary, 'owner'>>(
  request: HttpRequest,
  { findAccount }: { readonly findAccount: (accountId: string) => Promise<Account | undefined> },
): Promise<Account> {
  const owner = requestedOwner(request);
  const accountId = request.pathParameters['accountId'] ?? '';
  const account = isAccountId(accountId) ? await findAccount(accountId) : undefined;
  if (account === undefined || (owner !== undefined && account.owner !== owner)) throw notAnAccount();
  return account;
}

/**
 * The owner within which a backend asks to stay.
 *
 * @throws Problem `misconfigured` when the request was not signed: API Gateway should not have let it through;
 * `invalid_request` when several are given
 */
export function requestedOwner(request: HttpRequest): string | undefined {
  if (request.signedBy === undefined) throw new Problem('misconfigured');
  const [owner, ...more] = request.query.getAll('owner');
  // In place of what is no UTF-8 stands U+FFFD: two owners would be one.
  const isUnreadable = owner?.includes('\uFFFD') ?? false;
  if (more.length > 0 || owner === '' || (owner?.length ?? 0) > longestOwner || isUnreadable) {
    throw new Problem('invalid_request', {
      detail: `Query parameters: owner must be given only once, with 1 to ${longestOwner} characters.`,
    });
  }
  return owner;
}

/** Nobody's name is longer; and what is longer may be no key of a table. */
const longestOwner = 256;

/** OpenID Connect Core 1.0, section 2: a `sub` has no more than 255 ASCII characters. */
export function isAccountId(text: string): boolean {
  return /^[\x21-\x7e]{1,255}$/.test(text);
}

/** @returns the problem of an account that is not there, or not there for whoever asks */
export function notAnAccount(): Problem {
  return new Problem('not_found', { detail: 'No such account is connected.' });
}
