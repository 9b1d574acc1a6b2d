import { Problem } from '../errors.ts';
import type { AccessToken, Grant } from '../grants/grant.ts';
import { obstacleTo } from '../grants/require-grant.ts';
import { storeConsent, type VaultDependencies } from '../grants/vault.ts';
import type { Route } from '../http/handler.ts';
import { loginUrl } from '../http/problem-response.ts';
import type { HttpRequest } from '../http/request.ts';
import { type HttpResponse, seeOther } from '../http/response.ts';
import { missingGmailScopes, parseScopes } from '../scopes.ts';
import { hashOf } from '../secrets.ts';
import { readSession } from '../sessions/read-session.ts';
import type { SessionStore } from '../sessions/session.ts';
import { startSession } from '../sessions/start-session.ts';
import { openSecrets } from './pending-consent.ts';
import { type CallbackVerification, type VerifiedCallback, verifyCallback } from './verify-callback.ts';

/** What Google gave for an authorization code. */
export interface ExchangedCode {
  /** From the ID token, its claims checked. */
  readonly accountId: string;
  readonly email: string;
  /** What was granted, by long names; undefined when Google did not say, which means what was asked. */
  readonly scopes: readonly string[] | undefined;
  readonly refreshToken: string | undefined;
  readonly accessToken: AccessToken;
}

/** Exchanges authorization codes at Google. */
export interface CodeExchanger {
  clientId(): Promise<string>;
  /**
   * Tries the code once, never twice.
   *
   * @throws Problem `code_exchange_failed` when Google refuses the code, `no_user_id` when it does not say whose
   * account this is, `misconfigured` when it refuses the client, and `google_unavailable`, `google_timeout` or
   * `google_error`.
   */
  exchangeCode(request: { code: string; codeVerifier: string; nonce: string }): Promise<ExchangedCode>;
}

export interface CompleteConsentDependencies extends VaultDependencies, CallbackVerification {
  readonly sessions: Pick<SessionStore, 'find' | 'put' | 'delete'>;
  readonly google: CodeExchanger;
  readonly origin: string;
  /** Told of every grant that a consent stored or kept, before the browser is signed in. */
  readonly connected?: (grant: Pick<Grant, 'accountId' | 'generation'>) => Promise<void>;
  /** What the configuration asks for. */
  readonly scopes: readonly string[];
  readonly clock?: () => number;
}

/**
 * Completes a consent: checks the callback, exchanges the authorization code, stores the grant and signs the
 * browser in with a new session.
 */
export function completeConsentRoute(dependencies: CompleteConsentDependencies): Route {
  return async (request) => {
    const callback = await verifyCallback(request, dependencies);
    try {
      return await complete(callback, request, dependencies);
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      if (error.code === 'code_exchange_failed' && (await signedInAnyway(request, dependencies))) {
        return seeOther(callback.pending.returnTo);
      }
      throw new Problem(error.code, {
        ...error.options,
        returnTo: callback.pending.returnTo,
        offerConsent: true,
      });
    }
  };
}

/** Where a browser is sent whose callback failed: to an address without the authorization code. */
export function problemAddress(problem: Problem, request: HttpRequest): string | undefined {
  if (!request.query.has('code')) return undefined;
  const query = new URLSearchParams({ problem: problem.code });
  const { returnTo = '/' } = problem.options;
  if (returnTo !== '/') query.set('return_to', returnTo);
  return `/auth/problem?${query}`;
}

async function complete(
  { code, pending }: VerifiedCallback,
  request: HttpRequest,
  dependencies: CompleteConsentDependencies,
): Promise<HttpResponse> {
  const { google, cipher, origin, sessions, cookies } = dependencies;
  const { clientId, returnTo, expectedAccountId } = pending;
  if ((await google.clientId()) !== clientId) {
    throw new Problem('code_exchange_failed', {
      detail: 'The site changed its OAuth client while you were at Google. Nothing was stored. Start again.',
    });
  }
  const exchanged = await google.exchangeCode({ code, ...(await openSecrets(pending, cipher)) });
  const scopes = exchanged.scopes ?? parseScopes(pending.scopes.join(' '));
  // A token that is not stored is dropped, never revoked: revoking it would end the account's other grants too.
  if (expectedAccountId !== undefined && exchanged.accountId !== expectedAccountId) {
    throw new Problem('account_mismatch');
  }
  if (missingGmailScopes(pending.scopes, scopes).length > 0) throw new Problem('insufficient_scope');
  const grant = await storeConsent(
    { ...exchanged, scopes, clientId, askedScopes: pending.scopes },
    dependencies,
  );
  if (grant === undefined) {
    if (pending.prompted) throw new Problem('no_refresh_token');
    return seeOther(loginUrl(origin, returnTo, { promptConsent: true }));
  }
  await dependencies.connected?.(grant);
  const earlier = cookies.read(request, 'session');
  if (earlier !== undefined) await sessions.delete(hashOf(earlier));
  const token = await startSession(grant, dependencies);
  return seeOther(returnTo, [cookies.write('session', token)]);
}

/** As the guide says: when the exchange fails, the credentials of the current session go on. */
async function signedInAnyway(
  request: HttpRequest,
  dependencies: CompleteConsentDependencies,
): Promise<boolean> {
  const { grants, google, scopes } = dependencies;
  const presented = await readSession(request, dependencies);
  if (presented?.state !== 'live') return false;
  const { accountId, generation } = presented.session;
  const grant = await grants.find(accountId);
  const demand = { clientId: await google.clientId(), scopes };
  return grant?.generation === generation && obstacleTo(grant, demand) === undefined;
}
