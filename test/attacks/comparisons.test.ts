import { globSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { isSameSecret, randomToken } from '../../lambdas/secrets.ts';

/** What secrets are called in the code, and what is made of them. */
const secretName =
  /(token|secret|nonce|verifier|cookie|handoff|challenge|signature|hash|sealed|binding|ciphertext)(?!s?Source)|^(state|link|code|browser|given|presented)$/i;

/** A comparison by an operator, or by a method that stops where two texts begin to differ. */
const comparisons = [
  /(?<left>[\w.?()]+) (?:===|!==|==|!=) (?<right>[\w.?()'"`]+)/g,
  /(?<left>[\w.?()]+)\.(?:includes|startsWith|endsWith|indexOf|localeCompare|equals)\((?<right>[\w.?()'"`]+)/g,
];

/** Against these it is no comparison of a secret: whether there is one, what type or length it has, a word of ours. */
const harmless = /^(undefined|null|''|""|``|\d+|'[^']*'?)|\.(length|size|status|kind|ErrorCode|Code)\b/;

/** The comparisons of the text in which a secret may take part. */
function comparisonsOfSecrets(text: string): string[] {
  const code = text.replace(/\/\*\*?[\s\S]*?\*\/|\/\/.*$/gm, '');
  return comparisons.flatMap((pattern) =>
    [...code.matchAll(pattern)].flatMap(({ 0: found, groups: { left = '', right = '' } = {} }) => {
      const sides = [left, right].map((side) => side.replaceAll(/[?!]|\(\)/g, ''));
      if (sides.some((side) => harmless.test(side))) return [];
      return sides.some((side) => secretName.test(side.split('.').at(-1) ?? '')) ? [found] : [];
    }),
  );
}

/** Comparisons of something that is no secret, or of two things that are both ours, each with what it is. */
const known: Readonly<Record<string, readonly [comparison: string, why: string][]>> = {
  'consent/confirm-application.ts': [
    ['address !== hashOf(returnTo))', 'the hash of an address that the browser itself names'],
    ['cookies).includes(hashOf(returnTo))', 'the same'],
  ],
  'consent/start-consent-route.ts': [
    ['(isForeign(returnTo) !== (handoffChallenge', 'whether there is a challenge, which is no secret'],
  ],
  'copy/get-copied.ts': [['ids.indexOf(Buffer.from(pageToken', "the place among the caller's own IDs"]],
  'grants/access-tokens.ts': [
    ['known.token !== refused', 'two access tokens of ours; nobody outside names one'],
    ['known?.token === refused', 'the same'],
  ],
  'http/response.ts': [[') === hash', 'the hash of a file that everybody is served']],
};

describe('a secret is compared', () => {
  const files = globSync('lambdas/**/*.ts').filter(
    (file) => !/^lambdas\/(page\/browser|client)\//.test(file),
  );

  it('nowhere by an operator, which stops where two texts begin to differ', () => {
    const found = Object.fromEntries(
      files.flatMap((file) => {
        const here = comparisonsOfSecrets(readFileSync(file, 'utf8'));
        return here.length === 0 ? [] : [[file.replace('lambdas/', ''), here]];
      }),
    );
    const expected = Object.entries(known).map(([file, entries]) => [
      file,
      entries.map(([comparison]) => comparison),
    ]);
    expect(found).toEqual(Object.fromEntries(expected));
  });

  it.each([
    'if (nonce !== expected.nonce) throw untrusted();',
    'return session.tokenHash === hashOf(token);',
    'const isOurs = link.browserHash === hashOf(browser);',
    "if (request.cookies.get('login') == pending.browserCookie) return;",
    'if (codeVerifier !== stored.codeVerifier) return undefined;',
    'return codeChallengeOf(verifier) === pending.codeChallenge;',
    'return signature.startsWith(expectedSignature);',
    'if (known.includes(handoff)) return known;',
    'return state === pending.state ? pending : undefined;',
  ])('and the search would find: %s', (line) => {
    expect(comparisonsOfSecrets(line)).toHaveLength(1);
  });

  it.each([
    'if (token === undefined) return undefined;',
    "if (link === '') throw invalidLink();",
    'if (nonce.length !== 43) return;',
    '// token === secret',
    "return problem.code === 'invalid_state';",
  ])('and it would leave alone: %s', (line) => {
    expect(comparisonsOfSecrets(line)).toEqual([]);
  });

  it('where nothing looks it up by its hash, in a time that tells nothing', () => {
    const secret = randomToken();
    expect(isSameSecret(secret, secret)).toBe(true);
    for (const other of ['', secret.slice(1), `${secret}x`, randomToken()])
      expect(isSameSecret(secret, other)).toBe(false);
    expect(readFileSync('lambdas/secrets.ts', 'utf8')).toContain('return timingSafeEqual(');
    const users = files.filter((file) => readFileSync(file, 'utf8').includes('isSameSecret('));
    expect(users.sort()).toEqual([
      'lambdas/aws/login-mac.ts',
      'lambdas/aws/pending-consents-table.ts',
      'lambdas/consent/repeated-callback.ts',
      'lambdas/consent/show-connect-link.ts',
      'lambdas/google/id-token.ts',
      'lambdas/secrets.ts',
    ]);
  });
});
