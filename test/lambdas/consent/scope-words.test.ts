import { expect, test } from 'vitest';
import { wordsForScopes } from '../../../lambdas/consent/scope-words.ts';

test('scopes are said in plain words, each once; one without words by its name, whatever that is', () => {
  const scopes = ['email', 'https://www.googleapis.com/auth/userinfo.email', 'constructor', '__proto__'];
  expect(wordsForScopes(scopes)).toEqual([
    'see the address of your Google account',
    'use constructor',
    'use __proto__',
  ]);
});
