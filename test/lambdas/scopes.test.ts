import { expect, test } from 'vitest';
import { isGmailScope, missingGmailScopes, parseScopes } from '../../lambdas/scopes.ts';
import { grantedScopes, modifyScope, readonlyScope } from '../support/doubles/grants.ts';

test('short and long names, any order, any spaces and repeats mean the same scopes', () => {
  const asked = parseScopes(`openid email profile ${readonlyScope}`);
  expect(asked).toEqual(grantedScopes);
  expect(parseScopes(`  ${readonlyScope}  profile openid email email `)).toEqual(asked);
  expect(parseScopes(grantedScopes.join(' '))).toEqual(asked);
  expect(parseScopes('')).toEqual([]);
});

test('only Gmail scopes decide whether a consent suffices', () => {
  expect(missingGmailScopes(['openid', 'email', readonlyScope], [readonlyScope])).toEqual([]);
  expect(missingGmailScopes(['openid', readonlyScope, modifyScope], ['openid', readonlyScope])).toEqual([
    modifyScope,
  ]);
});

test.each([
  [readonlyScope, true],
  ['https://mail.google.com/', true],
  ['https://www.googleapis.com/auth/drive', false],
  ['https://www.googleapis.com/auth/userinfo.email', false],
  ['https://evil.example/https://mail.google.com/', false],
  ['openid', false],
])('%s opens a mailbox: %s', (scope, expected) => {
  expect(isGmailScope(scope)).toBe(expected);
});

test.each([
  ['https://mail.google.com/', 'gmail.modify', true],
  ['https://mail.google.com/', 'gmail.readonly', true],
  ['gmail.modify', 'gmail.readonly', true],
  ['gmail.readonly', 'gmail.metadata', true],
  ['gmail.readonly', 'gmail.modify', false],
  ['gmail.metadata', 'gmail.readonly', false],
  ['gmail.labels', 'gmail.metadata', false],
])('who granted %s has granted %s: %s', (granted, asked, enough) => {
  const whole = (name: string) =>
    name.startsWith('gmail.') ? `https://www.googleapis.com/auth/${name}` : name;
  expect(missingGmailScopes([whole(asked)], [whole(granted)])).toEqual(enough ? [] : [whole(asked)]);
});
