import * as v from 'valibot';
import { createClientCredentials } from '../../../../lambdas/google/client-credentials.ts';
import { redirectUriOf } from '../../../../lambdas/http/redirect-uri.ts';
import type { Stores } from '../stores.ts';
import { type Finding, fault, look, skipped, well } from './finding.ts';

/** What the secret shows beside what the functions need of it. */
const file = v.pipe(
  v.string(),
  v.parseJson(),
  v.object({
    web: v.object({
      client_id: v.string(),
      redirect_uris: v.optional(v.array(v.string()), []),
    }),
  }),
);

/** What was found of the secret, and the client's ID where it has one. */
interface SecretFindings {
  readonly findings: readonly Finding[];
  readonly clientId: string | undefined;
}

/** Whether the secret is there, has the form of Google's file, and names the redirect URI of this site. */
export async function checkSecret(
  { readSecret }: Stores,
  origin: string | undefined,
): Promise<SecretFindings> {
  let clientId: string | undefined;
  const form = await look('client secret', async () => {
    const credentials = await createClientCredentials(readSecret).get();
    if (!credentials.clientId.endsWith('.apps.googleusercontent.com')) {
      return fault('its client_id is not one of Google’s: upload the client_secret.json unchanged');
    }
    clientId = credentials.clientId;
    return well('has the form of Google’s client_secret.json');
  });
  const redirect = await look('redirect URI', async () => {
    if (clientId === undefined) return skipped('there is no client to look at');
    if (origin === undefined) return skipped('say where the site lives with --origin https://…');
    const expected = redirectUriOf(origin);
    const { web } = v.parse(file, await readSecret());
    if (web.redirect_uris.includes(expected)) return well(`${expected} is registered, as the secret says`);
    // Google provides the file once, when the client is created: it does not show what was registered later.
    return skipped(`${expected} is not in the secret, which is older maybe: see the login URL`);
  });
  return { findings: [form, redirect], clientId };
}
