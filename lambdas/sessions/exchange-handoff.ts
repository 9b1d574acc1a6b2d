import { handoffProof } from '../api/requests/consent.ts';
import { Problem } from '../errors.ts';
import { isAllowedCaller, type Origins } from '../http/allowed-origins.ts';
import { parseJsonBody } from '../http/body.ts';
import type { Route } from '../http/handler.ts';
import type { HttpRequest } from '../http/request.ts';
import { codeChallengeOf, hashOf } from '../secrets.ts';
import type { AccountSummary } from './caller.ts';
import type { Handoff, HandoffStore } from './handoff.ts';
import { issueSession } from './issue-session.ts';
import { handoffLifetimes, type SessionStore } from './session.ts';

interface ExchangeHandoffDependencies extends Origins {
  readonly handoffs: Pick<HandoffStore, 'take'>;
  readonly sessions: Pick<SessionStore, 'put'>;
  readonly findAccount: (accountId: string) => Promise<(AccountSummary & { email: string }) | undefined>;
  readonly clock?: () => number;
}

/**
 * Exchanges a handoff for a session, once. The application on another origin must send the verifier of its challenge; a
 * page must also be on the origin that received the handoff. A wrong verifier does not use up the handoff.
 */
export function exchangeHandoffRoute(dependencies: ExchangeHandoffDependencies): Route {
  const { handoffs, findAccount, clock = Date.now } = dependencies;
  return async (request) => {
    if (!isAllowedCaller(request, dependencies)) throw new Problem('cross_site');
    const proof = parseJsonBody(request, handoffProof);
    const challenge = codeChallengeOf(proof.codeVerifier);
    const handoff = await handoffs.take(hashOf(proof.handoff), challenge, clock());
    if (handoff === undefined) throw new Problem('invalid_handoff');
    if (!isItsReceiver(request, handoff, dependencies)) throw new Problem('cross_site');
    const account = await findAccount(handoff.accountId);
    if (account?.generation !== handoff.generation || account.status === 'disconnecting') {
      throw new Problem('login_required');
    }
    return issueSession(account, { ...dependencies, lifetimes: handoffLifetimes });
  };
}

function isItsReceiver(request: HttpRequest, handoff: Handoff, { origin }: Origins): boolean {
  const caller = request.headers['origin'];
  return caller === undefined || caller === origin || caller === handoff.origin;
}
