import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ConfigError, readConfig, type SettingName } from '../../lambdas/config.ts';
import { almostText, bounded, numRuns } from './support.ts';

/** Settings that an operator writes by hand, with a right value. */
const settings: readonly [SettingName, variable: string, right: string][] = [
  ['origin', 'ORIGIN', 'https://post.acme.test'],
  [
    'allowedReturnOrigins',
    'ALLOWED_RETURN_ORIGINS',
    'https://app.example.com http://localhost:3000 com.example.app:',
  ],
  ['scopes', 'SCOPES', 'openid email https://www.googleapis.com/auth/gmail.readonly'],
  ['signUpDomains', 'SIGN_UP_DOMAINS', 'example.com example.org'],
  ['dailyUnits', 'DAILY_UNITS', '80000000'],
  ['tokenEndpoint', 'GOOGLE_TOKEN_ENDPOINT', 'http://127.0.0.1:4000/token'],
];

test.each(settings)('the setting %s is read, or refused without being repeated', (name, variable, right) => {
  let read = 0;
  const property = fc.property(almostText(fc.constant(right)), (text) => {
    try {
      bounded(() => readConfig({ [variable]: text }, name));
      read += 1;
    } catch (error) {
      expect(error).toBeInstanceOf(ConfigError);
      if (text.length > 20) expect(String(error)).not.toContain(text);
    }
  });
  fc.assert(property, { numRuns });
  expect(read).toBeGreaterThan(0);
});

test('an allowed return origin is over TLS, on loopback, or under the scheme of an app, whatever is written', () => {
  const property = fc.property(
    almostText(fc.constant('https://app.example.com https://app.example.com/a com.example.app:/b')),
    (text) => {
      const plain =
        /^(https:\/\/[^/?#@\\\s*]+|http:\/\/(localhost|127\.0\.0\.1|\[::1\])(:\d+)?|[a-z][a-z0-9+-]*(\.[a-z0-9+-]+)+:)(\/[^#\s*\\]*)?$/;
      try {
        const { allowedReturnOrigins } = bounded(() =>
          readConfig({ ALLOWED_RETURN_ORIGINS: text }, 'allowedReturnOrigins'),
        );
        for (const each of allowedReturnOrigins) expect(each).toMatch(plain);
      } catch (error) {
        expect(error).toBeInstanceOf(ConfigError);
      }
    },
  );
  fc.assert(property, { numRuns });
});
