import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { proofIdOf, proofOf, provingKey } from '../support/dpop-proof.ts';
import { askForTokens, askGmail, askInBatch, type Json, list, post, read } from './google-calls.ts';
import { type GoogleTarget, googleTarget } from './targets.ts';

/** A message ID in the form of Gmail's that no message has. */
const nobodys = '1000000000000001';

const digits = expect.stringMatching(/^\d+$/);
const id = expect.stringMatching(/^[0-9a-f]{1,16}$/);

let google: GoogleTarget;

beforeAll(async () => {
  google = await googleTarget();
});
afterAll(() => google?.close());

/** What Google says of an error, in the words that decide what becomes of it. */
function errorOf({ status, body }: { status: number; body: Json }) {
  const { code, status: word, errors } = body['error'] ?? {};
  return { status, code, word, reason: list(errors)[0]?.['reason'] };
}

describe('discovery', () => {
  test('names the endpoints that are built in', async () => {
    const { addresses } = google;
    const { body } = await read(await fetch(`${addresses.googleIssuer}/.well-known/openid-configuration`));
    expect(body).toMatchObject({
      issuer: addresses.googleIssuer,
      authorization_endpoint: addresses.authorizationEndpoint,
      token_endpoint: addresses.tokenEndpoint,
      revocation_endpoint: addresses.revocationEndpoint,
      userinfo_endpoint: addresses.userinfoEndpoint,
    });
  });
});

describe('the token endpoint', () => {
  const refresh = () =>
    askForTokens(google, { grant_type: 'refresh_token', refresh_token: google.refreshToken });

  test('gives an access token for a refresh token, which stays as it is', async () => {
    const { status, body } = await refresh();
    expect(status).toBe(200);
    expect(body).toMatchObject({
      access_token: 'a token',
      id_token: 'a token',
      token_type: 'Bearer',
      expires_in: expect.any(Number),
    });
    expect(body).not.toHaveProperty('refresh_token');
    expect(Number(body['expires_in'])).toBeGreaterThan(300);
    expect(Number(body['expires_in'])).toBeLessThanOrEqual(3600);
  });

  test('gives access tokens that fit their place', async () => {
    const token = (await refresh()).token('access_token');
    expect(token.length).toBeGreaterThan(0);
    expect(token.length).toBeLessThanOrEqual(2048);
    expect(google.refreshToken.length).toBeLessThanOrEqual(512);
  });

  test('answers the scopes email and profile by their long names', async () => {
    const scopes = String((await refresh()).body['scope']).split(' ');
    expect(scopes).toContain('openid');
    expect(scopes).toContain('https://www.googleapis.com/auth/userinfo.email');
    expect(scopes).toContain('https://www.googleapis.com/auth/userinfo.profile');
    expect(scopes).toContain('https://www.googleapis.com/auth/gmail.readonly');
    expect(scopes).not.toContain('email');
  });

  test('signs the ID token by RS256, and puts issuer, audience, account and expiry into it', async () => {
    const [header = '', payload = '', signature] = (await refresh()).token('id_token').split('.');
    expect(JSON.parse(Buffer.from(header, 'base64url').toString())).toMatchObject({ alg: 'RS256' });
    expect(signature).toMatch(/^[\w-]+$/);
    const claims = JSON.parse(Buffer.from(payload, 'base64url').toString());
    const { googleIssuer } = google.addresses;
    expect([googleIssuer, googleIssuer.replace('https://', '')]).toContain(claims.iss);
    expect(claims).toMatchObject({
      aud: google.client.clientId,
      sub: digits,
      email: expect.stringContaining('@'),
      email_verified: expect.any(Boolean),
    });
    expect(claims.exp).toBeGreaterThan(claims.iat);
    expect(Math.abs(claims.iat - Date.now() / 1000)).toBeLessThan(300);
  });

  test('calls a code that it did not give, and a refresh token that it did not give, an invalid grant', async () => {
    const code = await askForTokens(google, {
      grant_type: 'authorization_code',
      code: '4/0-of-nobody',
      code_verifier: 'v'.repeat(43),
      redirect_uri: google.client.redirectUris[0] ?? '',
    });
    expect([code.status, code.body['error']]).toEqual([400, 'invalid_grant']);
    const token = await askForTokens(google, {
      grant_type: 'refresh_token',
      refresh_token: '1//0-of-nobody',
    });
    expect([token.status, token.body['error']]).toEqual([400, 'invalid_grant']);
  });

  test('reads a code that came without a redirect: with an empty redirect URI', async () => {
    const { status, body } = await askForTokens(google, {
      grant_type: 'authorization_code',
      code: '4/0-of-nobody',
      redirect_uri: '',
    });
    expect([status, body['error']]).toEqual([400, 'invalid_grant']);
  });

  test('calls a wrong secret an invalid client, whatever the grant', async () => {
    const { status, body } = await askForTokens(google, {
      grant_type: 'refresh_token',
      refresh_token: google.refreshToken,
      client_secret: 'not-the-secret',
    });
    expect([status, body['error']]).toEqual([401, 'invalid_client']);
  });
});

test('a proof at the exchange binds the refresh token to its key: without a proof it is refused', async ({
  skip,
}) => {
  const { unusedCode, addresses } = google;
  if (unusedCode === undefined) return skip('CONTRACT_GOOGLE_CODE names no code');
  const { code, redirectUri } = unusedCode;
  const key = provingKey();
  /** Asks with a proof, and once more if a nonce is wanted. */
  const prove = async (form: Record<string, string>, claims: () => Record<string, unknown>) => {
    const ask = (more: Record<string, unknown>) => {
      const proof = proofOf(key, addresses.tokenEndpoint, { claims: { ...claims(), ...more } });
      return askForTokens(google, form, { DPoP: proof });
    };
    const first = await ask({});
    if (first.body['error'] !== ('use_dpop_nonce' as unknown)) return first;
    return ask({ nonce: first.headers.get('dpop-nonce') });
  };
  const exchange = { grant_type: 'authorization_code', code, redirect_uri: redirectUri };
  const exchanged = await prove(exchange, () => ({ jti: proofIdOf(code) }));
  expect(exchanged.status).toBe(200);
  expect(exchanged.body).toMatchObject({ token_type: 'Bearer', refresh_token: 'a token' });
  const refresh = { grant_type: 'refresh_token', refresh_token: exchanged.token('refresh_token') };
  expect((await askForTokens(google, refresh)).status).toBe(400);
  const refreshed = await prove(refresh, () => ({}));
  expect(refreshed.status).toBe(200);
  expect(refreshed.body).toMatchObject({ token_type: 'Bearer', access_token: 'a token' });
});

test('the revocation endpoint calls a token that it does not know invalid', async () => {
  const { status, body } = await post(google.addresses.revocationEndpoint, { token: '1//0-of-nobody' });
  expect([status, body['error']]).toEqual([400, 'invalid_token']);
});

describe('userinfo', () => {
  const ask = async (accessToken: string) =>
    read(
      await fetch(google.addresses.userinfoEndpoint, { headers: { authorization: `Bearer ${accessToken}` } }),
    );

  test('tells whose an access token is, as the ID token does', async () => {
    const answer = await askForTokens(google, {
      grant_type: 'refresh_token',
      refresh_token: google.refreshToken,
    });
    const { status, body } = await ask(answer.token('access_token'));
    expect(status).toBe(200);
    const [, payload = ''] = answer.token('id_token').split('.');
    const { sub, email, email_verified } = JSON.parse(Buffer.from(payload, 'base64url').toString());
    expect(body).toMatchObject({ sub, email, email_verified, name: expect.any(String) });
  });

  test('refuses an access token that it does not know', async () => {
    expect((await ask('ya29.of-nobody')).status).toBe(401);
  });
});

describe('Gmail', () => {
  let accessToken: string;
  const gmail = (path: string, headers?: Record<string, string>) =>
    askGmail(google, accessToken, path, headers);

  beforeAll(async () => {
    const answer = await askForTokens(google, {
      grant_type: 'refresh_token',
      refresh_token: google.refreshToken,
    });
    accessToken = answer.token('access_token');
  });

  async function someMessage(): Promise<{ id: string; threadId: string }> {
    const { body } = await gmail('messages?maxResults=1');
    const [message] = list(body['messages']);
    return { id: String(message?.['id']), threadId: String(message?.['threadId']) };
  }

  test('refuses a dead access token with 401', async () => {
    const refused = await askGmail(google, 'ya29.of-nobody', 'messages');
    expect(errorOf(refused)).toEqual({
      status: 401,
      code: 401,
      word: 'UNAUTHENTICATED',
      reason: 'authError',
    });
  });

  test('does not find a message that is not there', async () => {
    const missing = await gmail(`messages/${nobodys}?format=minimal`);
    expect(errorOf(missing)).toEqual({ status: 404, code: 404, word: 'NOT_FOUND', reason: 'notFound' });
  });

  test('refuses a page token that it did not give', async () => {
    expect(errorOf(await gmail('messages?pageToken=of-nobody'))).toMatchObject({ status: 400, code: 400 });
  });

  describe('messages.list', () => {
    test('gives IDs and threads, and about how many there are', async () => {
      const { status, body } = await gmail('messages');
      expect(status).toBe(200);
      const messages = list(body['messages']);
      expect(messages.length).toBeGreaterThan(0);
      expect(messages.length).toBeLessThanOrEqual(100);
      for (const message of messages) expect(message).toEqual({ id, threadId: id });
      expect(body['resultSizeEstimate']).toEqual(expect.any(Number));
    });

    test('leaves messages out of an empty result', async () => {
      const { status, body } = await gmail('messages?q=rfc822msgid:none@contract.invalid');
      expect(status).toBe(200);
      expect(body).not.toHaveProperty('messages');
      expect(body).not.toHaveProperty('nextPageToken');
    });

    test('gives no more than 500 a page, however many are wanted', async () => {
      const { status, body } = await gmail('messages?maxResults=1000&fields=messages/id,nextPageToken');
      expect(status).toBe(200);
      expect(list(body['messages']).length).toBeLessThanOrEqual(500);
    });

    test('gives each message on one page only', async () => {
      const ids: unknown[] = [];
      let token = '';
      for (let page = 0; page < 4; page++) {
        const { body } = await gmail(`messages?maxResults=2${token && `&pageToken=${token}`}`);
        expect(list(body['messages']).length).toBeLessThanOrEqual(2);
        ids.push(...list(body['messages']).map((message) => message['id']));
        if (body['nextPageToken'] === undefined) break;
        token = encodeURIComponent(String(body['nextPageToken']));
      }
      expect(ids.length).toBeGreaterThan(0);
      expect(new Set(ids).size).toBe(ids.length);
    });
  });

  test('messages.get gives metadata, numbers beyond 2^53 as text', async () => {
    const message = await someMessage();
    const fields =
      'id,threadId,labelIds,historyId,internalDate,sizeEstimate,payload/headers/name,payload/mimeType';
    const { body } = await gmail(
      `messages/${message.id}?format=metadata&metadataHeaders=From&metadataHeaders=Date&fields=${fields}`,
    );
    expect(body).toMatchObject({
      ...message,
      historyId: digits,
      internalDate: digits,
      sizeEstimate: expect.any(Number),
    });
    const headers = list(body['payload']?.['headers']).map((header) => String(header['name']).toLowerCase());
    expect(headers.length).toBeGreaterThan(0);
    for (const name of headers) expect(['from', 'date']).toContain(name);
  });

  test('threads.get holds the messages of the thread', async () => {
    const message = await someMessage();
    const { body } = await gmail(
      `threads/${message.threadId}?format=minimal&fields=id,historyId,messages(id,threadId)`,
    );
    expect(body).toMatchObject({ id: message.threadId, historyId: digits });
    const messages = list(body['messages']);
    expect(messages).toContainEqual(message);
    for (const { threadId } of messages) expect(threadId).toBe(message.threadId);
  });

  test('labels.list gives the system’s labels and the user’s', async () => {
    const { body } = await gmail('labels');
    const labels = list(body['labels']);
    for (const label of labels) {
      expect(label).toMatchObject({ id: expect.any(String), name: expect.any(String) });
      expect(['system', 'user']).toContain(label['type']);
    }
    for (const name of ['INBOX', 'SENT', 'SPAM', 'TRASH', 'UNREAD']) {
      expect(labels).toContainEqual(expect.objectContaining({ id: name, type: 'system' }));
    }
  });

  test('getProfile tells where the mailbox stands', async () => {
    const { body } = await gmail('profile');
    expect(body).toMatchObject({
      emailAddress: expect.stringContaining('@'),
      messagesTotal: expect.any(Number),
      threadsTotal: expect.any(Number),
      historyId: digits,
    });
  });

  describe('history.list', () => {
    test('has no history since now, and says where the next one starts', async () => {
      // Tried again, since mail may arrive between the two calls.
      await vi.waitFor(
        async () => {
          const { body: profile } = await gmail('profile');
          const { status, body } = await gmail(`history?startHistoryId=${profile['historyId']}`);
          expect(status).toBe(200);
          expect(Object.keys(body)).toEqual(['historyId']);
          expect(body['historyId']).toEqual(digits);
          expect(BigInt(String(body['historyId']))).toBeGreaterThanOrEqual(
            BigInt(String(profile['historyId'])),
          );
        },
        { timeout: 10_000, interval: 1_000 },
      );
    });

    test('does not find a start that is too long ago', async () => {
      expect(errorOf(await gmail('history?startHistoryId=1'))).toEqual({
        status: 404,
        code: 404,
        word: 'NOT_FOUND',
        reason: 'notFound',
      });
    });

    test('refuses a start that is none', async () => {
      expect(errorOf(await gmail('history?startHistoryId=soon'))).toMatchObject({ status: 400, code: 400 });
    });
  });

  test('a batch is answered with 200, each of its parts with a status of its own', async () => {
    const message = await someMessage();
    const { status, parts } = await askInBatch(google, accessToken, {
      'item-1': `messages/${message.id}?format=minimal&fields=id,threadId`,
      'item-2': `messages/${nobodys}?format=minimal`,
      'item-3': 'profile?fields=historyId',
    });
    expect(status).toBe(200);
    expect(parts).toMatchObject({
      '<response-item-1>': { status: 200, body: message },
      '<response-item-2>': { status: 404, body: { error: { code: 404 } } },
      '<response-item-3>': { status: 200, body: { historyId: digits } },
    });
    expect(Object.keys(parts)).toHaveLength(3);
  });

  test('answers are compressed for a User-Agent that says gzip', async () => {
    const { headers, body } = await gmail('labels', {
      'accept-encoding': 'gzip',
      'user-agent': 'gmail-offline-access contract (gzip)',
    });
    expect(headers.get('content-encoding')).toBe('gzip');
    expect(list(body['labels']).length).toBeGreaterThan(0);
  });

  test('fields trims an answer', async () => {
    const { body } = await gmail('messages?maxResults=1&fields=messages(id)');
    expect(body).toEqual({ messages: [{ id }] });
    const message = await gmail(`messages/${list(body['messages'])[0]?.['id']}?fields=id,historyId`);
    expect(message.body).toEqual({ id, historyId: digits });
  });
});
