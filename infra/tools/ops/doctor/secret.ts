import * as v from 'valibot';
import { createClientCredentials } from '../../../../lambdas/google/client-credentials.ts';
import { redirectUriOf } from '../../../../lambdas/http/redirect-uri.ts';
import type { Stores } from '../stores.ts';
import { type Finding, failed, look, ok, skipped } from './finding.ts';

/** What the functions do not need of the secret. */
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

/** Checks that the secret exists, has the form of Google's file, and names the redirect URI of this site. */
export async function checkSecret(
  { readSecret }: Stores,
  origin: string | undefined,
): Promise<{ readonly findings: readonly Finding[]; readonly clientId: string | undefined }> {
  let clientId: string | undefined;
  const form = await look('client secret', async () => {
    const credentials = await createClientCredentials(readSecret).get();
    if (!credentials.clientId.endsWith('.apps.googleusercontent.com')) {
      return failed('its client_id is not one of Google’s: upload the client_secret.json unchanged');
    }
    clientId = credentials.clientId;
    return ok('has the form of Google’s client_secret.json');
  });
  const redirect = await look('redirect URI', async () => {
    if (clientId === undefined) return skipped('there is no client to check');
    if (origin === undefined) return skipped('give the origin of the site with --origin https://…');
    const expected = redirectUriOf(origin);
    const { web } = v.parse(file, await readSecret());
    if (web.redirect_uris.includes(expected)) return ok(`${expected} is registered, as the secret says`);
    // Google provides the file once, when the client is created: it does not show what was registered later.
    return skipped(`${expected} is not in the secret, which may be older: see the login URL`);
  });
  return { findings: [form, redirect], clientId };
}
