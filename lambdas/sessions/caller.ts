import { Problem } from '../errors.ts';
import type { Grant } from '../grants/grant.ts';
import { isBackendRoute } from '../http/backend-route.ts';
import type { HttpRequest } from '../http/request.ts';
import { requireSession, type SessionUse } from './require-session.ts';

/** What must be known of an account to let a caller work with it. */
export type AccountSummary = Pick<Grant, 'accountId' | 'generation' | 'owner' | 'status'>;

type FindAccount<Account> = (accountId: string) => Promise<Account | undefined>;

export interface CallerDependencies<Account = AccountSummary> extends SessionUse {
  readonly findAccount: FindAccount<Account>;
}

declare const connected: unique symbol;

/** The account of a caller: in the generation of its session, and not being disconnected. */
export type CallersAccount<Account> = Account & { readonly [connected]: true };

/**
 * The account that a request works with: on a backend route the one that the path names, else the session's. The route
 * alone decides how a caller proves itself, never what the request happens to carry.
 *
 * @throws Problem `grant_revoked` while the account is being disconnected, and as requireAccount or requireSessionAccount
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
 * The account of the caller's session. Until a disconnect is finished, a session may outlive its grant.
 *
 * @throws Problem `login_required`, also when the account has been disconnected or connected anew since
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
 * The account that the path of a backend route names.
 *
 * @throws Problem `not_found`, also for accounts outside `owner=` where that is given; and as requestedOwner
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
export function accountNotFound(): Problem {
  return new Problem('not_found', { detail: 'No such account is connected.' });
}
