import fc from 'fast-check';
import type * as v from 'valibot';
import { describe, expect, test } from 'vitest';
import { connectLinkOrder } from '../../lambdas/api/requests/accounts.ts';
import {
  codeFromBackend,
  codeFromProgram,
  handoffProof,
  namedLink,
} from '../../lambdas/api/requests/consent.ts';
import { parseFormBody, parseJsonBody } from '../../lambdas/http/body.ts';
import { type HttpRequest, readRequest } from '../../lambdas/http/request.ts';
import { apiEvent } from '../support/api-event.ts';
import { almost, almostText, numRuns, resultOrProblem } from './support.ts';

const codeVerifier = 'a'.repeat(43);

/** Every JSON body that a route reads, with one that is right. */
const bodies: readonly [what: string, v.GenericSchema<unknown, unknown>, right: object][] = [
  [
    'an order of a connect link',
    connectLinkOrder(),
    {
      ...{ owner: 'acme', requester: 'Acme', accountId: '123', email: 'a@example.com' },
      ...{ returnTo: 'https://app.example.com/', expiresInSeconds: 60 },
    },
  ],
  ['a handoff with its proof', handoffProof, { handoff: codeVerifier, codeVerifier }],
  ['a program’s code', codeFromProgram, { code: '4/a', state: codeVerifier, codeVerifier, idToken: 'a.b.c' }],
  [
    'a backend’s code',
    codeFromBackend,
    { code: '4/a', state: codeVerifier, codeVerifier, accountId: '1', owner: 'acme' },
  ],
];

describe.each(bodies)('%s', (_, schema, right) => {
  test('is read or refused in words, whatever the JSON says', () => {
    let read = 0;
    const property = fc.property(almost(fc.constant(right)), (value) => {
      const order = resultOrProblem(
        () => parseJsonBody(sent(JSON.stringify(value) ?? ''), schema),
        'invalid_request',
      );
      if (order !== undefined) read += 1;
    });
    fc.assert(property, { numRuns });
    expect(read).toBeGreaterThan(0);
  });

  test('is read or refused in words, whatever text comes', () => {
    const property = fc.property(almostText(fc.constant(JSON.stringify(right))), (text) => {
      resultOrProblem(() => parseJsonBody(sent(text), schema), 'invalid_request');
    });
    fc.assert(property, { numRuns });
  });

  test.each(['[', '{"a":', '{"owner":', '"\\u0000', '[[],'])('is refused as deep as %s goes', (piece) => {
    const body = piece.repeat(Math.floor(16_000 / piece.length));
    expect(resultOrProblem(() => parseJsonBody(sent(body), schema), 'invalid_request')).toBeUndefined();
    const whole = `${'['.repeat(8_000)}${']'.repeat(8_000)}`;
    expect(resultOrProblem(() => parseJsonBody(sent(whole), schema), 'invalid_request')).toBeUndefined();
  });
});

test('a form is read or refused in words', () => {
  const property = fc.property(
    almostText(fc.constant(`link=${codeVerifier}`)),
    almostText(fc.constant('application/x-www-form-urlencoded')),
    (body, type) => {
      const request = readRequest({
        ...apiEvent('POST /connect', { headers: { 'content-type': type } }),
        body,
      });
      resultOrProblem(() => parseFormBody(request, namedLink), 'invalid_request');
    },
  );
  fc.assert(property, { numRuns });
});

function sent(body: string): HttpRequest {
  return readRequest(
    apiEvent('POST /accounts/code', { body, headers: { 'content-type': 'application/json' } }),
  );
}
