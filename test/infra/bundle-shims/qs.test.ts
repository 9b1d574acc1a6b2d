import * as fc from 'fast-check';
import qs from 'qs';
import { expect, test } from 'vitest';
import { stringify } from '../../../infra/bundle-shims/qs.ts';

test('a flat query is written as qs writes it', () => {
  const value = fc.oneof(fc.string({ unit: 'grapheme' }), fc.integer(), fc.boolean(), fc.constant(undefined));
  const parameters = fc.dictionary(fc.string({ minLength: 1 }), fc.oneof(value, fc.array(value)));
  fc.assert(
    fc.property(parameters, (given) => {
      expect(stringify(given)).toBe(qs.stringify(given, { arrayFormat: 'repeat' }));
    }),
    { numRuns: 1_000 },
  );
});
