import { createClientCredentials } from '../../../../lambdas/google/client-credentials.ts';
import { createTokenCheck } from '../../held-token.ts';
import type { Stores } from '../stores.ts';
import { type Finding, fault, look, skipped, well } from './finding.ts';
import { reach } from './reach.ts';

/** Whether Google answers, and knows the client of the secret. */
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

/** What it answers does not matter: nobody is signed in here. */
async function answers(url: string) {
  const { status } = await reach(url);
  return status < 500 ? well('answers') : fault(`answers ${status}: see https://www.google.com/appsstatus`);
}

/** A refresh token that is none is refused as such only to a client that is known, by its right secret. */
async function clientIsKnown({ config, readSecret }: Stores, secretIsGood: boolean) {
  if (!secretIsGood) return skipped('there is no client to ask about');
  const client = createClientCredentials(readSecret);
  await createTokenCheck({ client, ...config }).check('1//doctor');
  return well('Google knows it, by the secret that stands here');
}
