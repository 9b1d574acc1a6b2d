import type { TokenCipher } from '../grants/token-cipher.ts';
import { codeChallengeOf, hashOf, randomToken, type TokenSource } from '../secrets.ts';
import {
  encryptSecrets,
  type PendingConsent,
  type PendingConsentStore,
  pendingLifetime,
} from './pending-consent.ts';

export interface AuthorizationRequest {
  readonly clientId: string;
  readonly scopes: readonly string[];
  readonly state: string;
  readonly nonce: string;
  /** PKCE, S256. */
  readonly codeChallenge: string;
  /** The e-mail address or `sub` that Google's page suggests. */
  readonly loginHint?: string | undefined;
  /** Whether Google prompts for consent even if it was given before. */
  readonly promptConsent: boolean;
  /** Whether Google also asks for the account, even if only one is signed in. */
  readonly selectAccount?: boolean;
}

export interface ConsentStart {
  readonly pendingConsents: Pick<PendingConsentStore, 'put'>;
  readonly cipher: Pick<TokenCipher, 'encrypt'>;
  readonly clientId: string;
  readonly buildAuthorizationUrl: (request: AuthorizationRequest) => string;
  readonly scopes: readonly string[];
  readonly clock?: () => number;
  readonly newToken?: TokenSource;
}

export interface ConsentRequest
  extends Pick<PendingConsent, 'returnTo' | 'handoffChallenge' | 'invitation' | 'expectedAccountId'> {
  /** The login cookie of the browser that goes to Google. */
  readonly browser: string;
  readonly loginHint?: string | undefined;
  /** Whether Google prompts even if consent was given before; true by default. */
  readonly prompted?: boolean;
  readonly selectAccount?: boolean;
}

/**
 * Starts a consent: stores it as pending, bound to the browser by its login cookie.
 *
 * @returns the authorization URL for that browser, and when the consent expires (epoch milliseconds).
 */
export async function startConsent(
  { browser, loginHint, prompted = true, selectAccount = false, ...consent }: ConsentRequest,
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
    ...consent,
    loginId,
    binding: { browserHash: hashOf(browser) },
    prompted,
    clientId,
    scopes,
    sealed: await encryptSecrets({ codeVerifier, nonce }, { loginId, clientId }, cipher),
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

/**
 * The redirect target of a form that starts a consent: browsers apply form-action to the whole redirect chain, and a
 * Workspace may redirect to its own sign-in.
 */
export function consentTarget(authorizationEndpoint: string): string {
  const { protocol, origin } = new URL(authorizationEndpoint);
  return protocol === 'https:' ? protocol : origin;
}
