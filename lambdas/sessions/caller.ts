import { Problem } from '../errors.ts';
import type { Grant } from '../grants/grant.ts';
import { isBackendRoute } from '../http/backend-route.ts';
import type { HttpRequest } from '../http/request.ts';
import { requireSession, type SessionUse } from './require-session.ts';

/** The parts of an account that decide whether a caller may use it. */
export type AccountSummary = Pick<Grant, 'accountId' | 'generation' | 'owner' | 'status'>;

type FindAccount<Account> = (accountId: string) => Promise<Account | undefined>;

export interface CallerDependencies<Account = AccountSummary> extends SessionUse {
  readonly findAccount: FindAccount<Account>;
}

declare const connected: unique symbol;

/** The caller's account: of the session's generation, and not being disconnected. */
export type CallersAccount<Account> = Account & { readonly [connected]: true };

/**
 * The account of a request: the one named in the path on a backend route, else the session's. The route alone decides
 * how a caller authenticates, never the credentials that the request happens to carry.
 *
 * @throws Problem `grant_revoked` while the account is being disconnected, and as requireAccount or
 *   requireSessionAccount
 */
export async function requireCaller<Account extends AccountSummary>(
  request: HttpRequest,
  dependencies: CallerDependencies<Account>,
): Promise<CallersAccount<Account>> {
  const account = isBackendRoute(request.routeKey)
    ? await requireAccount(request, dependencies)
    : await requireSessionAccount(request, dependencies);
  if (account.status === 'disconnecting') throw new Problem('grant_revoked');
  return account as CallersAccount<Account>;
}

/**
 * The account of the caller's session. A session may outlive its grant until a disconnect is finished.
 *
 * @throws Problem `login_required`, also if the account has since been disconnected or reconnected
 */
export async function requireSessionAccount<Account extends Pick<AccountSummary, 'generation'>>(
  request: HttpRequest,
  dependencies: CallerDependencies<Account>,
): Promise<Account> {
  const { accountId, generation } = await requireSession(request, dependencies);
  const account = await dependencies.findAccount(accountId);
  if (account?.generation !== generation) throw new Problem('login_required');
  return account;
}

/**
 * The account named in the path of a backend route.
 *
 * @throws Problem `not_found`, also for accounts outside `owner=` if that is given; and as requestedOwner
 */
export async function requireAccount<Account extends Pick<AccountSummary, 'owner'>>(
  request: HttpRequest,
  { findAccount }: { readonly findAccount: FindAccount<Account> },
): Promise<Account> {
  const owner = requestedOwner(request);
  const accountId = request.pathParameters['accountId'] ?? '';
  const account = isAccountId(accountId) ? await findAccount(accountId) : undefined;
  if (account === undefined || (owner !== undefined && account.owner !== owner)) throw accountNotFound();
  return account;
}

/**
 * The owner that a backend limits its request to.
 *
 * @throws Problem `misconfigured` if the request is not signed, because API Gateway should have refused it;
 *   `invalid_request` if several owners are given
 */
export function requestedOwner(request: HttpRequest): string | undefined {
  if (request.signedBy === undefined) throw new Problem('misconfigured');
  const [owner, ...more] = request.query.getAll('owner');
  // U+FFFD replaces bytes that are not UTF-8, so two owners could become one.
  const isUnreadable = owner?.includes('\uFFFD') ?? false;
  if (more.length > 0 || owner === '' || (owner?.length ?? 0) > longestOwner || isUnreadable) {
    throw new Problem('invalid_request', {
      detail: `Query parameters: owner must be given only once, with 1 to ${longestOwner} characters.`,
    });
  }
  return owner;
}

/** A sufficient length for an owner; a longer text may not fit a table key. */
const longestOwner = 256;

/** OpenID Connect Core 1.0, section 2: a `sub` has at most 255 ASCII characters. */
export function isAccountId(text: string): boolean {
  return /^[\x21-\x7e]{1,255}$/.test(text);
}

/** @returns the problem of an account that does not exist, or not for this caller */
export function accountNotFound(): Problem {
  return new Problem('not_found', { detail: 'No such account is connected.' });
}
