import * as v from 'valibot';
import { expect, test } from 'vitest';
import { flag, once, wholeNumber } from '../../../lambdas/api/requests/values.ts';
import { parseQuery } from '../../../lambdas/http/query.ts';
import { readRequest } from '../../../lambdas/http/request.ts';
import { apiEvent } from '../../support/api-event.ts';

const schema = v.strictObject(
  { name: v.optional(once), on: v.optional(flag), count: v.optional(wholeNumber(1, 500)) },
  'is not known',
);

const parse = (query: string) => parseQuery(readRequest(apiEvent('GET /x', { query })), schema);

test('parameters come out as what they mean', () => {
  expect(parse('name=a%20b&on=true&count=500')).toEqual({ name: 'a b', on: true, count: 500 });
  expect(parse('on=false&count=1')).toEqual({ on: false, count: 1 });
  expect(parse('name=')).toEqual({ name: '' });
  expect(parse('')).toEqual({});
});

test.each([
  ['name=a&name=b', 'name may be given only once'],
  ['on=yes', 'on must be true or false'],
  ['on=', 'on must be true or false'],
  ['count=0', 'count must be a whole number from 1 to 500'],
  ['count=501', 'count must be a whole number from 1 to 500'],
  ['count=1.5', 'count must be a whole number from 1 to 500'],
  ['count=-1', 'count must be a whole number from 1 to 500'],
  ['count=1e2', 'count must be a whole number from 1 to 500'],
  ['count=%20', 'count must be a whole number from 1 to 500'],
  ['count=99999999999999999999', 'count must be a whole number from 1 to 500'],
  ['other=1', 'other is not known'],
])('%s: %s', (query, words) => {
  expect(() => parse(query)).toThrow(`Query parameters: ${words}.`);
});

test('everything that is wrong is named at once', () => {
  expect(() => parse('on=x&count=y&other=z')).toThrow(
    expect.objectContaining({
      code: 'invalid_request',
      message: expect.stringMatching(/on must be .*; count must be .*; other is not known/),
    }),
  );
});
