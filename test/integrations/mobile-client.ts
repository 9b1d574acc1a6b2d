import { createHash, randomBytes } from 'node:crypto';
import * as v from 'valibot';

const toAskFor = v.object({
  clientId: v.string(),
  scopes: v.array(v.string()),
  state: v.string(),
  nonce: v.string(),
});
const session = v.object({ sessionToken: v.string(), account: v.object({ email: v.string() }) });
const feed = v.object({ changes: v.array(v.object({ type: v.string() })), cursor: v.string() });
const messages = v.object({ messages: v.optional(v.array(v.object({ id: v.string() })), []) });

/** Google's library on the phone: it shows its own sheet, and gives a `serverAuthCode` and an ID token. */
export type AskGoogle = (request: {
  clientId: string;
  scopes: string[];
  nonce: string;
}) => Promise<{ code: string; idToken: string }>;

/**
 * An app on a phone signs in with the one-time code that it received itself. The ID token of the same sign-in, which
 * repeats the nonce of the site, proves whose code it must be: no browser, cookie or redirect is involved.
 *
 * @param site the origin of gmail-offline-access
 */
export async function signInOnPhone(site: string, askGoogle: AskGoogle) {
  const codeVerifier = randomBytes(32).toString('base64url');
  const codeChallenge = createHash('sha256').update(codeVerifier).digest('base64url');

  // 1. What to ask Google for.
  const query = new URLSearchParams({ purpose: 'code', code_challenge: codeChallenge });
  const { clientId, scopes, state, nonce } = await ask(toAskFor, `${site}/auth/url?${query}`);

  // 2. On Android `requestOfflineAccess(clientId, true)`, and a sign-in with this nonce for the ID token; on iOS `signIn`
  //    with these scopes and this nonce, `clientId` being the `serverClientID`.
  const { code, idToken } = await askGoogle({ clientId, scopes, nonce });

  // 3. The site exchanges the code at Google, keeps the refresh token, and opens a session.
  return ask(session, `${site}/auth/code`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ code, state, codeVerifier, idToken }),
  });
}

/** Lists the newest mail. */
export async function listMail(site: string, sessionToken: string) {
  const headers = { authorization: `Bearer ${sessionToken}` };
  return (await ask(messages, `${site}/messages?maxResults=5`, { headers })).messages;
}

/**
 * What has happened since a cursor, the oldest first, and the cursor to go on from.
 *
 * @param after `now`, or the cursor of the last answer
 */
export async function readChanges(site: string, sessionToken: string, after: string) {
  const headers = { authorization: `Bearer ${sessionToken}` };
  return ask(feed, `${site}/mailbox/changes?${new URLSearchParams({ after })}`, { headers });
}

async function ask<Schema extends v.GenericSchema>(schema: Schema, url: string, options?: RequestInit) {
  const response = await fetch(url, options);
  if (!response.ok) throw new Error(`${response.status}: ${await response.text()}`);
  return v.parse(schema, await response.json());
}
