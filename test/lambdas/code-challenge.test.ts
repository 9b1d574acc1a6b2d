import * as v from 'valibot';
import { expect, test } from 'vitest';
import { codeChallenge, codeVerifier } from '../../lambdas/api/requests/values.ts';
import { codeChallengeOf } from '../../lambdas/secrets.ts';

test('a challenge is made as RFC 7636 makes it in its appendix B', () => {
  expect(codeChallengeOf('dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk')).toBe(
    'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM',
  );
});

test.each(['a'.repeat(43), '-._~'.repeat(32)])('%s is a verifier', (text) => {
  expect(v.is(codeVerifier, text)).toBe(true);
});

test.each(['', 'a'.repeat(42), 'a'.repeat(129), `${'a'.repeat(43)}\n`, `${'a'.repeat(43)}+`, 43, undefined])(
  '%j is none',
  (value) => {
    expect(v.is(codeVerifier, value)).toBe(false);
  },
);

test.each(['', 'a'.repeat(42), 'a'.repeat(44), `${'a'.repeat(42)}=`, `${'a'.repeat(42)}.`, undefined])(
  '%j is no challenge',
  (value) => {
    expect(v.is(codeChallenge, value)).toBe(false);
  },
);
