import type {
  CodeExchanger,
  CodeToExchange,
  ExchangedCode,
  IdTokenVerifier,
} from '../../../lambdas/consent/code-exchange.ts';
import { Problem } from '../../../lambdas/errors.ts';
import { testStart } from './clock.ts';
import { grantedScopes } from './grants.ts';

/** Google's token endpoint as a consent knows it: answers as told and keeps what it was asked. */
export interface ScriptedExchange extends CodeExchanger {
  answer: () => Promise<ExchangedCode>;
  client: string;
  readonly calls: readonly CodeToExchange[];
}

/** What Google gives for the code of account `account-1` that granted everything asked. */
export function exchangedCode(exchanged: Partial<ExchangedCode> = {}): ExchangedCode {
  return {
    accountId: 'account-1',
    email: 'ann@example.com',
    emailVerified: true,
    scopes: grantedScopes,
    refreshToken: 'new-refresh-token',
    accessToken: { token: 'new-access-token', expiresAt: testStart + 3_600_000 },
    ...exchanged,
  };
}

/** An exchange that succeeds until it is told otherwise. */
export function scriptedExchange(): ScriptedExchange {
  const calls: ScriptedExchange['calls'][number][] = [];
  const exchange: ScriptedExchange = {
    answer: async () => exchangedCode(),
    client: 'client-1',
    calls,
    clientId: async () => exchange.client,
    exchangeCode: (request) => {
      calls.push(request);
      return exchange.answer();
    },
  };
  return exchange;
}

/** An ID token that Google signed, as scriptedIdTokens reads it. */
export function idTokenOf(nonce: string, accountId = 'account-1'): string {
  return `${nonce}:${accountId}`;
}

/** A verifier that takes what idTokenOf makes. */
export const scriptedIdTokens: IdTokenVerifier = {
  verifyIdToken: async (idToken, nonce) => {
    const [answered, accountId = ''] = idToken.split(':');
    if (answered !== nonce) throw new Problem('no_user_id');
    return accountId;
  },
};
