import * as v from 'valibot';
import { expect, it } from 'vitest';
import { parameterOf } from '../../../infra/description/operation.ts';
import { parameterSchema } from '../../../infra/description/parameters.ts';
import { query } from '../../../lambdas/api/contract.ts';
import { time } from '../../../lambdas/api/requests/copy.ts';
import { codeChallenge, flag, once, wholeNumber } from '../../../lambdas/api/requests/values.ts';

it.each([
  ['a text', once, { type: 'string' }],
  [
    'a text of some length',
    v.pipe(once, v.nonEmpty(), v.maxLength(9)),
    { type: 'string', minLength: 1, maxLength: 9 },
  ],
  ['a text of some form', v.pipe(once, codeChallenge), { type: 'string', pattern: '^[A-Za-z0-9_-]{43}$' }],
  ['one of some words', v.pipe(once, v.picklist(['a', 'b'])), { type: 'string', enum: ['a', 'b'] }],
  ['one word', v.pipe(once, v.literal('a')), { type: 'string', const: 'a' }],
  ['a flag', flag, { type: 'boolean' }],
  ['a number', wholeNumber(1, 500), { type: 'integer', minimum: 1, maximum: 500 }],
  ['a moment', time, { type: 'string' }],
  [
    'a list',
    v.pipe(v.array(v.string()), v.maxLength(50)),
    { type: 'array', items: { type: 'string' }, maxItems: 50 },
  ],
  ['what may be left out', v.optional(once), { type: 'string' }],
  [
    'what is usual',
    v.optional(wholeNumber(1, 9), ['5']),
    { type: 'integer', minimum: 1, maximum: 9, default: 5 },
  ],
])('a parameter that is %s is described as such', (_, schema, described) => {
  expect(parameterSchema(schema)).toEqual(described);
});

it.each([
  ['is no list', v.string(), 'a list'],
  ['may be given any number of times', v.array(v.string()), 'how often'],
  ['is checked in a way that has no word', v.pipe(once, v.email()), 'email'],
])('a parameter that %s is refused, not left out in silence', (_, schema, words) => {
  expect(() => parameterSchema(schema)).toThrow(words);
});

it('is required unless its schema takes nothing', () => {
  const schema = v.object({ must: once, may: v.optional(once) });
  const words = { must: { words: 'It must.' }, may: { words: 'It may.' } };
  const parameters = query(schema, words).map(parameterOf);
  expect(parameters.map(({ name, required }) => [name, required])).toEqual([
    ['must', true],
    ['may', false],
  ]);
});
