import { expect, it } from 'vitest';
import { createClient } from '../../../lambdas/client/client.ts';
import { GmailOfflineAccessError } from '../../../lambdas/client/error.ts';
import { recordedFetch } from './recorded-fetch.ts';

const site = 'https://mail.example.com';

async function refusalOf(answer: () => Response): Promise<GmailOfflineAccessError> {
  const { fetch } = recordedFetch(answer);
  const error: unknown = await createClient({ site, fetch })
    .mailbox.status()
    .catch((thrown: unknown) => thrown);
  if (!(error instanceof GmailOfflineAccessError)) throw new Error('It was not refused.');
  return error;
}

it('a problem is thrown with all that the site says of it', async () => {
  const problem = {
    type: 'about:blank',
    title: 'Gmail’s quota for this mailbox is used up for the moment',
    status: 429,
    code: 'rate_limited',
    detail: 'Try again in 30 seconds.',
    requestId: 'request-1',
  };
  const headers = { 'retry-after': '30' };
  expect(await refusalOf(() => Response.json(problem, { status: 429, headers }))).toMatchObject({
    name: 'GmailOfflineAccessError',
    code: 'rate_limited',
    status: 429,
    detail: 'Try again in 30 seconds.',
    message: 'rate_limited (429): Try again in 30 seconds.',
    requestId: 'request-1',
    retryAfterSeconds: 30,
    authorizationUrl: undefined,
  });
});

it('a problem that a consent mends says where', async () => {
  const authorizationUrl = `${site}/auth/login`;
  const problem = { code: 'grant_revoked', detail: 'Grant access again.', authorizationUrl };
  expect(await refusalOf(() => Response.json(problem, { status: 401 }))).toMatchObject({
    code: 'grant_revoked',
    authorizationUrl,
    retryAfterSeconds: undefined,
  });
});

it.each([
  ['API Gateway’s own', () => Response.json({ message: 'Forbidden' }, { status: 403 }), 403, 'Forbidden'],
  [
    'a page of a proxy',
    () => new Response('<h1>Bad Gateway', { status: 502, statusText: 'Bad Gateway' }),
    502,
    'Bad Gateway',
  ],
  ['nothing', () => new Response('null', { status: 500 }), 500, ''],
])('an answer without a code is the gateway’s: %s', async (_, answer, status, detail) => {
  expect(await refusalOf(answer)).toMatchObject({ code: 'gateway', status, detail });
});

it('what never came to an answer is thrown as fetch throws it', async () => {
  const failed = new TypeError('fetch failed');
  const client = createClient({ site, fetch: () => Promise.reject(failed) });
  await expect(client.mailbox.status()).rejects.toBe(failed);
});
