import { codeFromBackend, codeFromProgram } from '../api/requests/consent.ts';
import { Problem } from '../errors.ts';
import type { Grant } from '../grants/grant.ts';
import { isAllowedCaller, type Origins } from '../http/allowed-origins.ts';
import { isBackendRoute } from '../http/backend-route.ts';
import { parseJsonBody } from '../http/body.ts';
import type { Route } from '../http/handler.ts';
import type { HttpRequest } from '../http/request.ts';
import { answer } from '../http/response.ts';
import { accountOf, issueSession } from '../sessions/issue-session.ts';
import type { SessionStore } from '../sessions/session.ts';
import { type ConsentCompletion, completeConsent } from './complete-consent.ts';
import { namedOwner } from './named-owner.ts';
import { requireOneClient } from './one-client.ts';
import type { Invitation } from './pending-consent.ts';
import { type CodeVerification, type SubmittedCode, verifyCode } from './verify-code.ts';

interface CompleteCodeDependencies extends ConsentCompletion, CodeVerification, Origins {
  readonly sessions: Pick<SessionStore, 'put'>;
  readonly clock?: () => number;
}

/**
 * Completes the consent of a program that got the authorization code itself. The program gets a session (`POST
 * /auth/code`). A backend, which needs none, gets the account (`POST /accounts/code`); the owner that it names acts as
 * an invitation.
 */
export function completeCodeRoute(dependencies: CompleteCodeDependencies): Route {
  return async (request) => {
    if (isBackendRoute(request.routeKey)) {
      const { invitation, ...code } = readFromBackend(request);
      return answer<'POST /accounts/code'>(200, {
        account: accountOf(await complete(code, invitation, dependencies)),
      });
    }
    if (!isAllowedCaller(request, dependencies)) throw new Problem('cross_site');
    const code = parseJsonBody(request, codeFromProgram);
    return issueSession(await complete(code, undefined, dependencies), dependencies);
  };
}

async function complete(
  code: SubmittedCode,
  invitation: Invitation | undefined,
  dependencies: CompleteCodeDependencies,
): Promise<Grant> {
  // Before the ID token, whose audience is the deployment's client: it would fail as untrusted.
  await requireOneClient(dependencies);
  const grant = await completeConsent(await verifyCode(code, invitation, dependencies), dependencies);
  if (grant === undefined) throw new Problem('no_refresh_token');
  return grant;
}

function readFromBackend(request: HttpRequest): SubmittedCode & { invitation: Invitation | undefined } {
  const { owner: inBody, ...code } = parseJsonBody(request, codeFromBackend);
  const named = namedOwner(request, inBody);
  return { ...code, invitation: named === undefined ? undefined : { owner: named } };
}
