import * as v from 'valibot';
import { Browser } from './browser.ts';
import type { Interruptions } from './interruptions.ts';
import type { Site } from './site.ts';

/** Somebody with a Google account of their own, who has a browser. */
export interface NewPerson {
  readonly email: string;
  /** Google's `sub`. */
  readonly accountId: string;
  readonly browser: Browser;
}

let people = 0;

/** Makes an account at the local Google, with so many messages. */
export async function newPerson(site: Pick<Site, 'admin'>, messages = 2): Promise<NewPerson> {
  people += 1;
  const email = `person-${people}@example.com`;
  const account = await site.admin('POST', '/accounts', { email });
  const { sub: accountId } = v.parse(v.object({ sub: v.string() }), account);
  if (messages > 0) await site.admin('POST', `/accounts/${email}/messages`, { count: messages });
  return { email, accountId, browser: new Browser() };
}

const encrypted = v.object({
  Plaintext: v.string(),
  EncryptionContext: v.object({ accountId: v.string(), tokenKind: v.literal('refresh') }),
});

/** The refresh tokens that the site was ever given of an account, oldest first. */
export function refreshTokensOf({ calls }: Interruptions, accountId: string): string[] {
  return calls.flatMap(({ action, input }) => {
    const parsed = action === 'Encrypt' ? v.safeParse(encrypted, input) : undefined;
    if (!parsed?.success || parsed.output.EncryptionContext.accountId !== accountId) return [];
    return [Buffer.from(parsed.output.Plaintext, 'base64').toString()];
  });
}

const secret = v.pipe(
  v.string(),
  v.parseJson(),
  v.object({ web: v.object({ client_id: v.string(), client_secret: v.string() }) }),
);

/** Whether Google still gives an access token for a refresh token. */
export async function isGoodAtGoogle(
  site: Site,
  { calls }: Pick<Site, 'calls'>,
  refreshToken: string | undefined,
): Promise<boolean> {
  const texts = calls.map(({ input }) => String(input['SecretString']));
  // The login key is uploaded too.
  const { web } = v.parse(
    secret,
    texts.find((text) => text.startsWith('{')),
  );
  const response = await fetch(`${site.google.origin}/token`, {
    method: 'POST',
    body: new URLSearchParams({ grant_type: 'refresh_token', refresh_token: refreshToken ?? '', ...web }),
  });
  return response.ok;
}
