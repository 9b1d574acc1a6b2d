import { createClientCredentials } from '../../../../lambdas/google/client-credentials.ts';
import { createTokenCheck } from '../../held-token.ts';
import type { Stores } from '../stores.ts';
import { type Finding, failed, look, ok, skipped } from './finding.ts';
import { request } from './request.ts';

/** Checks that Google answers, and accepts the client of the secret. */
export async function checkGoogle(stores: Stores, secretIsGood: boolean): Promise<Finding[]> {
  const { config } = stores;
  const addresses = {
    'Google’s OpenID configuration': `${config.googleIssuer}/.well-known/openid-configuration`,
    'Google’s token endpoint': config.tokenEndpoint,
    'Google’s revocation endpoint': config.revocationEndpoint,
    Gmail: `${config.gmailRootUrl}gmail/v1/users/me/profile`,
  };
  return Promise.all([
    ...Object.entries(addresses).map(([name, url]) => look(name, () => answers(url))),
    look('OAuth client', () => clientIsKnown(stores, secretIsGood)),
  ]);
}

/** Any answer will do: the request carries no token. */
async function answers(url: string) {
  const { status } = await request(url);
  return status < 500 ? ok('answers') : failed(`answers ${status}: see https://www.google.com/appsstatus`);
}

/** Google refuses an invalid refresh token as such only after it has accepted the client and its secret. */
async function clientIsKnown({ config, readSecret }: Stores, secretIsGood: boolean) {
  if (!secretIsGood) return skipped('there is no client to check');
  const client = createClientCredentials(readSecret);
  await createTokenCheck({ client, ...config }).check('1//doctor');
  return ok('Google accepts it and its secret');
}
