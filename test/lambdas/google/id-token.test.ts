import { describe, expect, test } from 'vitest';
import { readIdToken } from '../../../lambdas/google/id-token.ts';
import { testStart } from '../../support/doubles/clock.ts';

const seconds = testStart / 1000;
const expected = {
  issuer: 'https://accounts.google.com',
  clientId: 'client-1',
  nonce: 'nonce-1',
  now: testStart,
};
const right = {
  iss: 'https://accounts.google.com',
  aud: 'client-1',
  exp: seconds + 3_600,
  nonce: 'nonce-1',
  sub: '1234567890',
  email: 'ann@example.com',
  email_verified: true,
  hd: 'example.com',
};

const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
const tokenOf = (claims: unknown) => `${encode({ alg: 'RS256' })}.${encode(claims)}.c2ln`;
const read = (claims: Record<string, unknown>) => readIdToken(tokenOf({ ...right, ...claims }), expected);

test('right claims say whose account it is', () => {
  expect(read({})).toEqual({
    accountId: '1234567890',
    email: 'ann@example.com',
    emailVerified: true,
    hostedDomain: 'example.com',
  });
});

test.each([
  ['of a Workspace domain', 'ann@example.com', 'example.com', true],
  ['of Google’s own', 'Ann@GMail.com', undefined, true],
  ['of Google’s own, as of old', 'ann@googlemail.com', undefined, true],
  ['of another provider', 'ann@example.com', undefined, false],
  ['that looks like Google’s own', 'ann@gmail.com.example.com', undefined, false],
])('Google vouches for an address %s: %s', (_, email, hd, emailVerified) => {
  expect(read({ email, hd })).toMatchObject({ emailVerified });
});

test('the address may be missing, since its scope may have been unticked', () => {
  expect(read({ email: undefined })).toMatchObject({ accountId: '1234567890', email: '' });
});

test('Google’s issuer also goes without its scheme; another issuer does not', () => {
  expect(read({ iss: 'accounts.google.com' }).accountId).toBe('1234567890');
  const local = { ...expected, issuer: 'http://127.0.0.1:4000' };
  expect(readIdToken(tokenOf({ ...right, iss: local.issuer }), local).accountId).toBe('1234567890');
  expect(() => readIdToken(tokenOf({ ...right, iss: '127.0.0.1:4000' }), local)).toThrow();
  expect(() => readIdToken(tokenOf({ ...right, iss: 'accounts.google.com' }), local)).toThrow();
});

test('clocks may differ by five minutes, to the token’s favour', () => {
  expect(read({ exp: seconds - 300 }).accountId).toBe('1234567890');
  expect(() => read({ exp: seconds - 301 })).toThrow();
});

describe('a wrong claim is no user', () => {
  test.each([
    ['another issuer', { iss: 'https://evil.example' }],
    ['an issuer that begins like Google’s', { iss: 'https://accounts.google.com.evil.example' }],
    ['an issuer with a slash', { iss: 'https://accounts.google.com/' }],
    ['no issuer', { iss: undefined }],
    ['another client', { aud: 'client-2' }],
    ['no client', { aud: undefined }],
    ['several clients', { aud: ['client-1', 'client-2'] }],
    ['an end in the past', { exp: seconds - 3_600 }],
    ['no end', { exp: undefined }],
    ['an end in words', { exp: String(seconds + 3_600) }],
    ['another nonce', { nonce: 'nonce-2' }],
    ['an empty nonce', { nonce: '' }],
    ['no nonce', { nonce: undefined }],
    ['no subject', { sub: undefined }],
    ['an empty subject', { sub: '' }],
    ['a numeric subject', { sub: 1234567890 }],
    ['a subject without end', { sub: '1'.repeat(256) }],
    ['a subject with spaces', { sub: '12 34' }],
    ['a subject with a control character', { sub: '12\n34' }],
  ])('%s', (_, claims) => {
    expect(() => read(claims)).toThrow(expect.objectContaining({ name: 'Problem', code: 'no_user_id' }));
  });
});

test.each([
  ['nothing', undefined],
  ['an empty text', ''],
  ['no JWT', 'ya29.token'],
  ['one part', 'abc'],
  ['a payload that is no JSON', `${encode({})}.${Buffer.from('{').toString('base64url')}.x`],
  ['a payload that is a text', `${encode({})}.${encode('text')}.x`],
  ['a payload that is null', `${encode({})}.${encode(null)}.x`],
  ['a payload that is a list', `${encode({})}.${encode([right])}.x`],
])('%s is no user', (_, idToken) => {
  expect(() => readIdToken(idToken, expected)).toThrow(expect.objectContaining({ code: 'no_user_id' }));
});

test('an empty nonce expected is not met by a missing one', () => {
  expect(() => readIdToken(tokenOf({ ...right, nonce: undefined }), { ...expected, nonce: '' })).toThrow();
});

describe('where Google was told no nonce', () => {
  const { nonce: _, ...unasked } = expected;
  const readUnasked = (claims: Record<string, unknown>) =>
    readIdToken(tokenOf({ ...right, ...claims }), unasked);

  test.each([
    ['no nonce', { nonce: undefined }],
    ['one that the program told', { nonce: 'nonce-of-the-program' }],
  ])('%s is in order', (_, claims) => {
    expect(readUnasked(claims).accountId).toBe('1234567890');
  });

  test.each([
    ['another issuer', { iss: 'https://evil.example' }],
    ['another client', { aud: 'client-2' }],
    ['an end in the past', { exp: seconds - 3_600 }],
    ['no subject', { sub: undefined }],
    ['a nonce that is no text', { nonce: 7 }],
  ])('%s is no user all the same', (_, claims) => {
    expect(() => readUnasked(claims)).toThrow(expect.objectContaining({ code: 'no_user_id' }));
  });
});

describe('Google vouches', () => {
  test.each([[false], [undefined], ['true'], ['false'], [1], [null]])(
    'for no address where email_verified is %j',
    (email_verified) => {
      expect(read({ email_verified }).emailVerified).toBe(false);
    },
  );

  test('for the Workspace domain that it names, not for the one of the address', () => {
    expect(read({ hd: 'example.com' }).hostedDomain).toBe('example.com');
    expect(read({ email: 'ann@example.com', hd: undefined }).hostedDomain).toBeUndefined();
  });

  test.each([[''], [7], [null], [['example.com']]])('for no domain where hd is %j', (hd) => {
    expect(read({ hd }).hostedDomain).toBeUndefined();
  });
});
