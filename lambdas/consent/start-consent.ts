import type { TokenCipher } from '../grants/token-cipher.ts';
import { codeChallengeOf } from '../http/code-challenge.ts';
import { hashOf, randomToken, type TokenSource } from '../secrets.ts';
import {
  type PendingConsent,
  type PendingConsentStore,
  pendingLifetime,
  sealSecrets,
} from './pending-consent.ts';

/** What an authorization URL says. */
export interface AuthorizationRequest {
  readonly clientId: string;
  readonly scopes: readonly string[];
  readonly state: string;
  readonly nonce: string;
  /** PKCE, S256. */
  readonly codeChallenge: string;
  /** An e-mail address or a `sub`: whom Google's page is to suggest. */
  readonly loginHint?: string | undefined;
  /** Whether Google is to ask for consent even if it was given before. */
  readonly promptConsent: boolean;
  /** Whether Google is to ask for the account as well, even where only one is signed in. */
  readonly selectAccount?: boolean;
}

/** Writes down consents that begin, and knows Google's address. */
export interface ConsentStart {
  readonly pendingConsents: Pick<PendingConsentStore, 'put'>;
  readonly cipher: Pick<TokenCipher, 'encrypt'>;
  readonly clientId: string;
  readonly buildAuthorizationUrl: (request: AuthorizationRequest) => string;
  /** What the configuration asks for. */
  readonly scopes: readonly string[];
  readonly clock?: () => number;
  readonly newToken?: TokenSource;
}

/** Who is asked for consent, and what comes of it. */
export interface ConsentRequest
  extends Pick<PendingConsent, 'returnTo' | 'handoffChallenge' | 'invitation' | 'expectedAccountId'> {
  /** The login cookie of the browser that goes to Google. */
  readonly browser: string;
  readonly loginHint?: string | undefined;
  /** Whether Google is to ask even if consent was given before; it is, unless this says no. */
  readonly prompted?: boolean;
  /** Whether Google is to ask for the account, too. */
  readonly selectAccount?: boolean;
}

/**
 * Starts a consent: writes down what is pending, bound to the browser by its login cookie.
 *
 * @returns Google's address, where that browser has to go, and when the consent expires (epoch milliseconds).
 */
export async function startConsent(
  { browser, loginHint, prompted = true, selectAccount = false, ...wish }: ConsentRequest,
  dependencies: ConsentStart,
): Promise<{ readonly authorizationUrl: string; readonly expiresAt: number }> {
  const {
    pendingConsents,
    cipher,
    clientId,
    scopes,
    clock = Date.now,
    newToken = randomToken,
  } = dependencies;
  const [state, nonce, codeVerifier] = [newToken(), newToken(), newToken()];
  const loginId = hashOf(state);
  const expiresAt = clock() + pendingLifetime;
  await pendingConsents.put({
    ...wish,
    loginId,
    binding: { browserHash: hashOf(browser) },
    prompted,
    clientId,
    scopes,
    sealed: await sealSecrets({ codeVerifier, nonce }, { loginId, clientId }, cipher),
    expiresAt,
  });
  const authorizationUrl = dependencies.buildAuthorizationUrl({
    clientId,
    scopes,
    state,
    nonce,
    codeChallenge: codeChallengeOf(codeVerifier),
    loginHint,
    promptConsent: prompted,
    selectAccount,
  });
  return { authorizationUrl, expiresAt };
}
