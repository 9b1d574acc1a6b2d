import { runInNewContext } from 'node:vm';
import { describe, expect, test } from 'vitest';
import { Browser, type Choice } from './browser.ts';
import {
  admin,
  authorizationUrl,
  client,
  consent,
  exchange,
  google,
  pkce,
  readonlyScope,
  refresh,
  tokenRequest,
} from './support.ts';

const identity = `openid https://www.googleapis.com/auth/userinfo.email https://www.googleapis.com/auth/userinfo.profile`;

/** A message as the pop-up's opener would receive it, with the origin it is meant for. */
interface Message {
  readonly data: Readonly<Record<string, string>>;
  readonly target: string;
}

describe('a pop-up', () => {
  test('hands the code to the page that opened it, and closes', async () => {
    const { origin } = await google();
    const { messages, closed } = await popUp(origin);
    expect(messages).toEqual([
      {
        target: '*',
        data: {
          code: expect.stringMatching(/^4\/0/),
          state: 'the state',
          scope: `${identity} ${readonlyScope}`,
        },
      },
    ]);
    expect(closed).toBe(true);
  });

  test('hands over why there is no code', async () => {
    const { origin } = await google();
    const { messages } = await popUp(origin, {}, { press: 'deny' });
    const data = { error: 'access_denied', error_description: expect.any(String), state: 'the state' };
    expect(messages).toEqual([{ target: '*', data }]);
  });

  test('hands it to registered origins only, where some are registered', async () => {
    const javascriptOrigins = ['http://localhost:4000', 'https://app.example.com'];
    const { origin } = await google({ client: { ...client, javascriptOrigins } });
    const { messages } = await popUp(origin);
    expect(messages.map(({ target }) => target)).toEqual(javascriptOrigins);
  });

  test('has a page that no state can write into', async () => {
    const { origin } = await google();
    const state = '</script><script>alert(1)</script>';
    const { html, messages } = await popUp(origin, { state });
    expect(html.match(/<script/g)).toHaveLength(1);
    expect(messages[0]?.data['state']).toBe(state);
  });

  test('needs no redirect, and leaves no code in an address', async () => {
    const { origin } = await google();
    const { url } = await popUp(origin);
    expect(url).not.toContain('code');
    expect(new URL(url).origin).toBe(origin);
  });
});

test('the library opens the pop-up, and calls back with what comes from it alone', async () => {
  const { origin } = await google();
  const opened: string[] = [];
  const popUpWindow = {};
  const listeners = new Set<(event: object) => void>();
  const window = {
    open: (url: string) => {
      opened.push(url);
      return popUpWindow;
    },
    addEventListener: (_: string, listener: (event: object) => void) => listeners.add(listener),
    removeEventListener: (_: string, listener: (event: object) => void) => listeners.delete(listener),
  };
  const received: unknown[] = [];
  const use = `google.accounts.oauth2.initCodeClient({
    client_id: 'client', scope: 'openid email', state: 'the state', callback,
  }).requestCode()`;
  const library = await (await fetch(`${origin}/gsi/client`)).text();
  runInNewContext(`${library}; const { google } = window; ${use}`, {
    window,
    URLSearchParams,
    callback: (answer: unknown) => received.push(answer),
  });
  const { searchParams } = new URL(opened[0] ?? '');
  expect(opened[0]).toMatch(new RegExp(`^${origin}/o/oauth2/v2/auth\\?`));
  expect(Object.fromEntries(searchParams)).toMatchObject({
    client_id: 'client',
    redirect_uri: 'postmessage',
    response_type: 'code',
    state: 'the state',
  });
  const send = (event: object) => {
    for (const listener of listeners) listener(event);
  };
  send({ source: popUpWindow, origin: 'http://localhost:1', data: 'of another origin' });
  send({ source: {}, origin, data: 'of another window' });
  send({ source: popUpWindow, origin, data: 'the answer' });
  send({ source: popUpWindow, origin, data: 'one more' });
  expect(received).toEqual(['the answer']);
});

describe('a pop-up’s code', () => {
  const codeOf = async (origin: string) => (await popUp(origin)).messages[0]?.data['code'] ?? '';

  test('is exchanged with the redirect URI postmessage, without PKCE', async () => {
    const { origin } = await google();
    const answer = await tokenRequest(origin, {
      grant_type: 'authorization_code',
      code: await codeOf(origin),
      redirect_uri: 'postmessage',
    });
    expect(answer).toMatchObject({ status: 200, body: { scope: `${identity} ${readonlyScope}` } });
    expect(claimsOf(answer.body['id_token'])).not.toHaveProperty('nonce');
    expect((await refresh(origin, String(answer.body['refresh_token']))).status).toBe(200);
  });

  test.each([
    ['our callback', { redirect_uri: client.redirectUris[0] }],
    ['an empty one', { redirect_uri: '' }],
    ['none', {}],
  ])('is refused with %s as redirect URI', async (_, parameters) => {
    const { origin } = await google();
    const code = await codeOf(origin);
    const answer = await tokenRequest(origin, { grant_type: 'authorization_code', code, ...parameters });
    expect(answer).toMatchObject(mismatch);
  });

  test('is refused with a code verifier', async () => {
    const { origin } = await google();
    const answer = await tokenRequest(origin, {
      grant_type: 'authorization_code',
      code: await codeOf(origin),
      redirect_uri: 'postmessage',
      code_verifier: pkce().verifier,
    });
    expect(answer).toMatchObject({ status: 400, body: { error: 'invalid_grant' } });
  });
});

describe('a phone’s code', () => {
  const serverAuthCode = (origin: string, request: object = {}) =>
    admin(origin, 'POST', 'accounts/grace@example.com/server-auth-code', {
      clientId: client.clientId,
      ...request,
    });
  const codeOf = async (origin: string, request: object = {}) =>
    String((await serverAuthCode(origin, request)).body['code']);

  test.each([
    ['an empty redirect URI', { redirect_uri: '' }],
    ['no redirect URI', {}],
  ])('is exchanged with %s, once', async (_, parameters) => {
    const { origin } = await google();
    const form = { grant_type: 'authorization_code', code: await codeOf(origin), ...parameters };
    const answer = await tokenRequest(origin, form);
    expect(answer).toMatchObject({ status: 200, body: { scope: `${identity} ${readonlyScope}` } });
    expect(claimsOf(answer.body['id_token'])).toMatchObject({
      email: 'grace@example.com',
      aud: client.clientId,
    });
    expect(await tokenRequest(origin, form)).toMatchObject({ status: 400, body: { error: 'invalid_grant' } });
  });

  test.each(['postmessage', client.redirectUris[0]])('is refused with %s', async (redirectUri) => {
    const { origin } = await google();
    const form = { grant_type: 'authorization_code', redirect_uri: redirectUri, code: await codeOf(origin) };
    expect(await tokenRequest(origin, form)).toMatchObject(mismatch);
  });

  test('carries the scopes that the app asked for', async () => {
    const { origin } = await google();
    const code = await codeOf(origin, { scopes: ['openid', 'email'] });
    const { body } = await tokenRequest(origin, { grant_type: 'authorization_code', code });
    expect(body['scope']).toBe('openid https://www.googleapis.com/auth/userinfo.email');
  });

  test('brings a refresh token the first time, later only when it is forced to', async () => {
    const { origin } = await google();
    const hasRefreshToken = async (forceCodeForRefreshToken: boolean) => {
      const code = await codeOf(origin, { forceCodeForRefreshToken });
      const { body } = await tokenRequest(origin, { grant_type: 'authorization_code', code });
      return body['refresh_token'] !== undefined;
    };
    expect(await hasRefreshToken(false)).toBe(true);
    expect(await hasRefreshToken(false)).toBe(false);
    expect(await hasRefreshToken(true)).toBe(true);
  });

  test.each([
    ['an unknown client', { clientId: 'nobody' }, 404],
    ['an unknown scope', { scopes: ['everything'] }, 400],
  ])('is not given for %s', async (_, request, status) => {
    const { origin } = await google();
    expect((await serverAuthCode(origin, request)).status).toBe(status);
  });
});

test.each(['postmessage', '', 'http://localhost:3000/elsewhere'])(
  'a code of a redirect is refused with %j',
  async (redirectUri) => {
    const { origin } = await google();
    const answer = await exchange(origin, await consent(origin), { redirect_uri: redirectUri });
    expect(answer).toMatchObject(mismatch);
  },
);

const mismatch = {
  status: 400,
  body: { error: 'redirect_uri_mismatch', error_description: 'Bad Request' },
};

/** Consents in a pop-up, up to the page that closes it, and runs that page's script. */
async function popUp(origin: string, parameters: Record<string, string> = {}, choice: Choice = {}) {
  const browser = new Browser();
  const asked = { redirect_uri: 'postmessage', login_hint: 'ada@example.com', ...parameters };
  const consentPage = await browser.open(authorizationUrl(origin, asked));
  const { url, html } = await browser.submit(consentPage, choice);
  const [, script = ''] = /<script>(.*)<\/script>/s.exec(html) ?? [];
  const messages: Message[] = [];
  let closed = false;
  const window = {
    opener: { postMessage: (data: Message['data'], target: string) => messages.push({ data, target }) },
    close: () => {
      closed = true;
    },
  };
  runInNewContext(script, { window });
  // Objects of the page's own realm, as plain ones.
  return { url, html, messages: structuredClone(messages), closed };
}

function claimsOf(idToken: unknown): Record<string, unknown> {
  const [, payload = ''] = String(idToken).split('.');
  return JSON.parse(Buffer.from(payload, 'base64url').toString());
}
