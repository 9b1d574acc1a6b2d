import fc from 'fast-check';
import type * as v from 'valibot';
import { describe, expect, test } from 'vitest';
import { listAccountsQuery } from '../../lambdas/api/requests/accounts.ts';
import { readChangesQuery } from '../../lambdas/api/requests/changes.ts';
import {
  namedLink,
  problemPageQuery,
  startCodeQuery,
  startConsentQuery,
} from '../../lambdas/api/requests/consent.ts';
import { listCopyQuery } from '../../lambdas/api/requests/copy.ts';
import { getMessageQuery, listMessagesQuery } from '../../lambdas/api/requests/mail.ts';
import { noParameters, parseQuery } from '../../lambdas/http/query.ts';
import { readRequest } from '../../lambdas/http/request.ts';
import { parseReturnTo, returnTargetOrHome } from '../../lambdas/http/return-to.ts';
import { requestedOwner } from '../../lambdas/sessions/caller.ts';
import { apiEvent, backendRole } from '../support/api-event.ts';
import { almostText, bounded, numRuns, resultOrProblem } from './support.ts';

const challenge = 'x'.repeat(43);

/** Every query that a route reads, with one that is right. */
const queries: readonly [route: string, v.GenericSchema<unknown, unknown>, right: string][] = [
  [
    'GET /messages',
    listMessagesQuery,
    'q=is%3Aunread&labelIds=A&labelIds=B&maxResults=5&includeSpamTrash=true&all=false',
  ],
  ['GET /messages/{id}', getMessageQuery, 'format=metadata'],
  [
    'GET /mailbox/messages',
    listCopyQuery,
    'labelId=INBOX&after=2026-11-01&before=2026-11-02T00:00:00.5%2B01:00&maxResults=5',
  ],
  ['GET /mailbox/messages', listCopyQuery, 'after=1700000000000&pageToken=MDAx'],
  ['GET /mailbox/changes', readChangesQuery, 'after=bm93&maxResults=500'],
  [
    'GET /accounts',
    listAccountsQuery,
    'owner=acme&email=a%40example.com&status=active&pageToken=eA&maxResults=1',
  ],
  ['GET /auth/url', startCodeQuery, `purpose=code&code_challenge=${challenge}&code_challenge_method=S256`],
  [
    'GET /auth/login',
    startConsentQuery,
    `login_hint=a%40example.com&return_to=%2F&prompt=consent&code_challenge=${challenge}`,
  ],
  ['GET /auth/problem', problemPageQuery, 'problem=access_denied&return_to=%2F&invited=true'],
  ['GET /connect', namedLink, `link=${challenge}`],
  ['GET /accounts/{accountId}', noParameters, 'owner=acme'],
];

describe('a query', () => {
  test.each(queries)('%s is read or refused in words, whatever it says', (route, schema, right) => {
    let read = 0;
    const property = fc.property(almostText(fc.constant(right)), (query) => {
      const request = readRequest(apiEvent(route, { query }));
      const parameters = resultOrProblem(() => parseQuery(request, schema), 'invalid_request');
      if (parameters !== undefined) read += 1;
    });
    fc.assert(property, { numRuns });
    expect(read).toBeGreaterThan(0);
  });

  test('names one owner, none, or is refused', () => {
    const property = fc.property(almostText(fc.constant('owner=acme&owner=')), (query) => {
      const request = readRequest(apiEvent('GET /accounts', { query, signedBy: backendRole }));
      const owner = resultOrProblem(() => requestedOwner(request), 'invalid_request');
      if (owner !== undefined) expect(owner).toMatch(/^.{1,256}$/su);
    });
    fc.assert(property, { numRuns });
  });
});

describe('an address to come back to', () => {
  const allowed = ['https://app.example.com', 'com.example.app:'];
  const right = fc.constantFrom(
    '/messages?q=is:unread#top',
    'https://app.example.com/a?b=c',
    'com.example.app:/done',
  );

  test('is plain and short, or refused', () => {
    const property = fc.property(almostText(right), (text) => {
      const address = resultOrProblem(() => parseReturnTo(text, allowed), 'invalid_request');
      if (address !== undefined)
        expect(address).toMatch(/^(\/|https:\/\/app\.example\.com|com\.example\.app:\/)[!-~]*$/);
    });
    fc.assert(property, { numRuns });
  });

  test.each([10, 1_000, 8_000, 500_000])('is no trouble under percent code %i times over', (times) => {
    for (const text of [
      `/%${'25'.repeat(times)}`,
      `/?a=%${'25'.repeat(times)}`,
      `https://app.example.com/%${'25'.repeat(times)}`,
    ]) {
      resultOrProblem(() => parseReturnTo(text, allowed), 'invalid_request');
    }
  });

  test('of our own making leads somewhere always', () => {
    const property = fc.property(
      almostText(fc.constant(`return_to=/a&code_challenge=${challenge}`)),
      (query) => {
        const { returnTo } = bounded(() => returnTargetOrHome(new URLSearchParams(query), allowed));
        expect(returnTo).toMatch(/^(\/|https:\/\/app\.example\.com|com\.example\.app:\/)/);
      },
    );
    fc.assert(property, { numRuns });
  });
});
