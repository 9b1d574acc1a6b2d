import { expect, test } from 'vitest';
import { createCookieJar } from '../../../lambdas/http/cookies.ts';
import { readRequest } from '../../../lambdas/http/request.ts';
import { apiEvent } from '../../support/api-event.ts';
import { tokenNamed } from '../../support/doubles/tokens.ts';

const secure = createCookieJar('https://mail.example.com');
const plain = createCookieJar('http://localhost:3000');
const token = tokenNamed('a');
const withCookies = (cookies: Record<string, string>) => readRequest(apiEvent('GET /', { cookies }));

test('over HTTPS cookies are host-only, secure, and out of reach of scripts and other sites’ posts', () => {
  expect(secure.write('session', token)).toBe(
    `__Host-session=${token}; Path=/; Max-Age=15552000; HttpOnly; SameSite=Lax; Secure`,
  );
  expect(secure.write('login', token)).toBe(
    `__Host-login=${token}; Path=/; Max-Age=604800; HttpOnly; SameSite=Lax; Secure`,
  );
});

test('over HTTP on loopback they have plain names and no Secure', () => {
  expect(plain.write('session', token)).toBe(
    `session=${token}; Path=/; Max-Age=15552000; HttpOnly; SameSite=Lax`,
  );
  expect(plain.write('login', token)).toBe(`login=${token}; Path=/; Max-Age=604800; HttpOnly; SameSite=Lax`);
});

test('a cookie is removed under the name and attributes it was written with', () => {
  expect(secure.clear('session')).toBe('__Host-session=; Path=/; Max-Age=0; HttpOnly; SameSite=Lax; Secure');
  expect(plain.clear('login')).toBe('login=; Path=/; Max-Age=0; HttpOnly; SameSite=Lax');
});

test('a cookie is read under its own name only: a subdomain cannot plant one without the prefix', () => {
  expect(secure.read(withCookies({ '__Host-session': token }), 'session')).toBe(token);
  expect(secure.read(withCookies({ session: token }), 'session')).toBeUndefined();
  expect(secure.read(withCookies({ '__Host-login': token }), 'session')).toBeUndefined();
  expect(plain.read(withCookies({ session: token }), 'session')).toBe(token);
});

test.each(['', 'short', `${token}x`, `${token.slice(1)}=`, `${token.slice(1)} `, `${token.slice(1)}"`])(
  'a value that is not of our form is none: %j',
  (value) => {
    expect(secure.read(withCookies({ '__Host-session': value }), 'session')).toBeUndefined();
  },
);
