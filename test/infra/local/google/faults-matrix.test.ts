import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { type LocalGoogle, startLocalGoogle } from '../../../../infra/local/google/google.ts';
import {
  admin,
  authorizationUrl,
  client,
  connect,
  consent,
  fault,
  list,
  readonlyScope,
  type Tokens,
} from './support.ts';

/** What a caller sees of one request. */
interface Outcome {
  readonly end: 'answered' | 'cut off' | 'refused' | 'waiting';
  readonly status?: number;
  readonly headers?: Headers;
  readonly text?: string;
  readonly milliseconds: number;
}

type Ask = (signal: AbortSignal) => Promise<Response>;

/** Makes ready what a request needs, before the fault is set; the request itself comes after. */
type Prepare = (origin: string) => Ask | Promise<Ask>;

const dataFolder = mkdtempSync(join(tmpdir(), 'local-google-'));
let local: LocalGoogle;

// One for all: whatever is done to it here, it lives on.
beforeAll(async () => {
  local = await startLocalGoogle({ port: 0, client, demoMessages: 20, dataFolder });
});

afterEach(() => admin(local.origin, 'DELETE', 'faults'));

afterAll(async () => {
  await local.close();
  rmSync(dataFolder, { recursive: true, force: true });
});

const post =
  (url: string, form: Record<string, string>): Ask =>
  (signal) =>
    fetch(url, { method: 'POST', body: new URLSearchParams(form), signal });

const byClient = { client_id: client.clientId, client_secret: client.clientSecret };

const exchangeCode: Prepare = async (origin) => {
  const code = (await consent(origin)).searchParams.get('code') ?? '';
  const form = { grant_type: 'authorization_code', code, redirect_uri: client.redirectUris[0] };
  return post(`${origin}/token`, { ...byClient, ...form });
};

const useRefreshToken: Prepare = async (origin) => {
  const { refreshToken } = await connect(origin);
  return post(`${origin}/token`, {
    ...byClient,
    grant_type: 'refresh_token',
    refresh_token: refreshToken,
  });
};

const revoke: Prepare = async (origin) => {
  const { refreshToken } = await connect(origin);
  return post(`${origin}/revoke`, { token: refreshToken });
};

const authorized = ({ accessToken }: Tokens) => ({ authorization: `Bearer ${accessToken}` });

const get =
  (path: string): Prepare =>
  async (origin) => {
    const headers = authorized(await connect(origin));
    return (signal) => fetch(origin + path, { headers, signal });
  };

const gmail = (path: string) => get(`/gmail/v1/users/me/${path}`);

const batch: Prepare = async (origin) => {
  const headers = {
    ...authorized(await connect(origin)),
    'content-type': 'multipart/mixed; boundary=part',
  };
  const part = 'Content-Type: application/http\r\n\r\nGET /gmail/v1/users/me/profile\r\n\r\n';
  const body = `--part\r\n${part}\r\n--part--\r\n`;
  return (signal) => fetch(`${origin}/batch/gmail/v1`, { method: 'POST', headers, body, signal });
};

/** Every point at which a fault can strike, with a request that passes it; `*` stands in each of the three halves. */
const points: readonly (readonly [on: string, request: string, prepare: Prepare])[] = [
  ['token', 'a refresh', useRefreshToken],
  ['token.code', 'an exchange', exchangeCode],
  ['token.refresh', 'a refresh', useRefreshToken],
  ['revoke', 'a revocation', revoke],
  [
    'authorize',
    'an authorization',
    (origin) => (signal) => fetch(authorizationUrl(origin), { redirect: 'manual', signal }),
  ],
  ['userinfo', 'userinfo', get('/v1/userinfo')],
  ['discovery', 'discovery', get('/.well-known/openid-configuration')],
  ['getProfile', 'a profile', gmail('profile')],
  ['messages.list', 'a list', gmail('messages')],
  ['messages.get', 'a message that is not there', gmail('messages/0000')],
  ['attachments.get', 'an attachment that is not there', gmail('messages/0000/attachments/none')],
  ['threads.list', 'a list of threads', gmail('threads')],
  ['threads.get', 'a thread that is not there', gmail('threads/0000')],
  ['labels.list', 'the labels', gmail('labels')],
  ['labels.get', 'a label', gmail('labels/INBOX')],
  ['history.list', 'history', gmail('history?startHistoryId=9999999999999900')],
  ['gmail', 'a profile', gmail('profile')],
  ['batch', 'a batch', batch],
  ['*', 'a revocation', revoke],
  ['*', 'an exchange', exchangeCode],
  ['*', 'a profile', gmail('profile')],
  ['*', 'a batch', batch],
];

/** Long enough that only what never comes is given up. */
const longPatience = 20_000;

async function ask(request: Ask, milliseconds = longPatience): Promise<Outcome> {
  const start = performance.now();
  const since = () => performance.now() - start;
  const patience = new AbortController();
  const timer = setTimeout(() => patience.abort(), milliseconds);
  try {
    const response = await request(patience.signal);
    const { status, headers } = response;
    const text = await response.text().catch(() => undefined);
    if (text === undefined) return { end: 'cut off', status, milliseconds: since() };
    return { end: 'answered', status, headers, text, milliseconds: since() };
  } catch {
    return { end: patience.signal.aborted ? 'waiting' : 'refused', milliseconds: since() };
  } finally {
    clearTimeout(timer);
  }
}

describe.each(points)('a fault on %s, met by %s', (on, _, prepare) => {
  const meet = async (effect: Record<string, unknown>, patience = longPatience) => {
    const { origin } = local;
    const usual = await ask(await prepare(origin));
    const request = await prepare(origin);
    await fault(origin, on, effect);
    const outcome = await ask(request, patience);
    const { body } = await admin(origin, 'GET', 'faults');
    expect(list(body['faults'])).toMatchObject([{ on, fired: 1 }]);
    expect(await ask(await prepare(origin))).toMatchObject({ end: 'answered', status: usual.status });
    return { usual, outcome };
  };

  test('answers something else', async () => {
    const { outcome } = await meet({ status: 503, headers: { 'retry-after': '7' }, body: 'down' });
    expect(outcome).toMatchObject({ end: 'answered', status: 503, text: 'down' });
    expect(outcome.headers?.get('retry-after')).toBe('7');
  });

  test('answers late', async () => {
    const { usual, outcome } = await meet({ delayMs: 150 });
    expect(outcome).toMatchObject({ end: 'answered', status: usual.status });
    expect(outcome.milliseconds).toBeGreaterThan(140);
  });

  test('never answers', async () => {
    expect((await meet({ hang: true }, 200)).outcome.end).toBe('waiting');
  });

  test('breaks the connection', async () => {
    expect((await meet({ reset: true })).outcome.end).toBe('refused');
  });

  test('breaks off in the middle', async () => {
    const { usual, outcome } = await meet({ truncate: true });
    expect(outcome).toMatchObject({ end: 'cut off', status: usual.status });
  });

  const isOAuth = ['token', 'revoke', 'userinfo', 'discovery'].some((name) => on.startsWith(name));

  test('changes fields, where there are any', async () => {
    const { usual, outcome } = await meet({ omit: ['expires_in'], set: { scope: readonlyScope } });
    expect(outcome).toMatchObject({ end: 'answered', status: usual.status });
    if (isOAuth) {
      const answer: unknown = JSON.parse(outcome.text ?? '');
      expect(answer).toMatchObject({ scope: readonlyScope });
      expect(answer).not.toHaveProperty('expires_in');
    }
  });

  test('changes claims, where there are any', async () => {
    const { usual, outcome } = await meet({ idToken: { aud: 'someone else' } });
    expect(outcome).toMatchObject({ end: 'answered', status: usual.status });
    if (on.startsWith('token')) {
      const { id_token: token } = JSON.parse(outcome.text ?? '');
      const claims: unknown = JSON.parse(Buffer.from(token.split('.')[1], 'base64url').toString());
      expect(claims).toMatchObject({ aud: 'someone else' });
    }
  });

  test('shows an empty page, where there are pages of history', async () => {
    const { usual, outcome } = await meet({ emptyPage: true });
    expect(outcome).toMatchObject({ end: 'answered', status: usual.status });
    if (on === 'history.list') {
      const page: unknown = JSON.parse(outcome.text ?? '');
      expect(page).not.toHaveProperty('history');
      expect(page).toHaveProperty('nextPageToken');
    }
  });
});
