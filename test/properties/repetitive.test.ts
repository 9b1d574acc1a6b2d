import * as v from 'valibot';
import { describe, test } from 'vitest';
import { connectLinkOrder } from '../../lambdas/api/requests/accounts.ts';
import { time } from '../../lambdas/api/requests/copy.ts';
import { codeChallenge, codeVerifier } from '../../lambdas/api/requests/values.ts';
import { isProblemCode } from '../../lambdas/errors.ts';
import { gmailProblem } from '../../lambdas/google/gmail-problem.ts';
import { readIdToken } from '../../lambdas/google/id-token.ts';
import { readParts } from '../../lambdas/google/multipart.ts';
import { readMessage } from '../../lambdas/google/read-message.ts';
import { retryAfterSeconds } from '../../lambdas/google/retry-after.ts';
import { isBackendRoute } from '../../lambdas/http/backend-route.ts';
import { isToken } from '../../lambdas/http/cookies.ts';
import { parseForeignAddress } from '../../lambdas/http/foreign-address.ts';
import { escapeHtml } from '../../lambdas/http/html.ts';
import { decodePercentRepeatedly } from '../../lambdas/http/path-safety.ts';
import { readRequest } from '../../lambdas/http/request.ts';
import { parseScopes } from '../../lambdas/scopes.ts';
import { isAccountId } from '../../lambdas/sessions/caller.ts';
import { now } from '../lambdas/google/support.ts';
import { apiEvent } from '../support/api-event.ts';
import { bounded, repetitive, resultOrProblem } from './support.ts';

/** What reads a text of others by looking for patterns in it. */
const parsers: readonly [name: string, parse: (text: string) => unknown][] = [
  ['cookies', (text) => readRequest({ ...apiEvent('GET /'), cookies: [text] })],
  ['a token', isToken],
  ['percent code', decodePercentRepeatedly],
  [
    'an address elsewhere',
    (text) => parseForeignAddress(`https://app.example.com/${text}`, 'https://app.example.com'),
  ],
  ['text in a page', escapeHtml],
  ['a moment', (text) => v.safeParse(time, [`2026-11-22T${text}`])],
  ['a challenge', (text) => v.safeParse(codeChallenge, text)],
  ['a verifier', (text) => v.safeParse(codeVerifier, text)],
  [
    'an order',
    (text) => v.safeParse(connectLinkOrder(), { owner: text, requester: text, accountId: text, email: text }),
  ],
  ['a route’s key', (text) => isBackendRoute(`GET /${text}`)],
  ['an account’s number', isAccountId],
  ['a problem’s code', isProblemCode],
  ['the boundary of a batch', (text) => readParts(`multipart/mixed; ${text}`, text)],
  [
    'the parts of a batch',
    (text) =>
      readParts('multipart/mixed; boundary=a', `--a\r\n${text}\r\n\r\nHTTP/1.1 200 OK\r\n${text}\r\n--a--`),
  ],
  ['a message', (text) => readMessage({ id: text, threadId: text, historyId: text, internalDate: text })],
  ['a time to wait', (text) => retryAfterSeconds({ get: () => text }, `Retry after 2026-11-22T${text}`, now)],
  [
    'an error',
    (text) =>
      gmailProblem(
        { response: { status: 403, headers: { get: () => text }, data: { error: { message: text } } } },
        now,
      ),
  ],
  [
    'an ID token',
    (text) => resultOrProblem(() => readIdToken(text, { issuer: 'i', clientId: 'c', now }), 'no_user_id'),
  ],
  ['scopes', parseScopes],
];

describe.each(parsers)('%s', (_, parse) => {
  test.each(repetitive)('is read in time: %s', (_name, text) => {
    for (const long of [text, `${text}!`, `!${text}`]) bounded(() => parse(long));
  });
});
