import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import { isToken } from '../../lambdas/http/cookies.ts';
import { hashOf, randomToken } from '../../lambdas/secrets.ts';

test('a token holds 256 bits, has the form our cookies take, and never comes twice', () => {
  const tokens = Array.from({ length: 200 }, randomToken);
  expect(new Set(tokens).size).toBe(200);
  expect(tokens.every(isToken)).toBe(true);
  expect(tokens.every((token) => Buffer.from(token, 'base64url').length === 32)).toBe(true);
});

test('what stands for a secret is its SHA-256', () => {
  const digest = createHash('sha256').update('secret').digest('base64url');
  expect(hashOf('secret')).toBe(digest);
});
