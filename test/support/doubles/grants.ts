import type { Grant } from '../../../lambdas/grants/grant.ts';
import type { TokenCipher } from '../../../lambdas/grants/token-cipher.ts';
import { tokenContext } from '../../../lambdas/grants/vault.ts';
import { testStart } from './clock.ts';

/** By its long name, as Google writes it. */
export const readonlyScope = 'https://www.googleapis.com/auth/gmail.readonly';
export const modifyScope = 'https://www.googleapis.com/auth/gmail.modify';

/** What the configuration of a test asks for. */
export const askedScopes = ['openid', 'email', 'profile', readonlyScope];

/** What Google answers when everything asked was granted. */
export const grantedScopes = [
  readonlyScope,
  'https://www.googleapis.com/auth/userinfo.email',
  'https://www.googleapis.com/auth/userinfo.profile',
  'openid',
];

/** An active grant of account `account-1`, its tokens encrypted for it. */
export async function grantOf(
  cipher: TokenCipher,
  {
    refreshToken = 'stored-refresh-token',
    accessToken,
    ...grant
  }: Partial<Omit<Grant, 'refreshToken' | 'accessToken'>> & {
    refreshToken?: string;
    accessToken?: { token: string; expiresAt: number };
  } = {},
): Promise<Grant> {
  const whole = {
    accountId: 'account-1',
    generation: 'generation-1',
    consentId: 'consent-1',
    status: 'active' as const,
    email: 'ann@example.com',
    clientId: 'client-1',
    scopes: grantedScopes,
    connectedAt: testStart,
    ...grant,
  };
  return {
    ...whole,
    refreshToken: await cipher.encrypt(refreshToken, tokenContext(whole, 'refresh')),
    ...(accessToken && {
      accessToken: {
        ciphertext: await cipher.encrypt(accessToken.token, tokenContext(whole, 'access')),
        expiresAt: accessToken.expiresAt,
      },
    }),
  };
}
