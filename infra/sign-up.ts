import type { Config } from '../lambdas/config.ts';

/** Finds what the functions could not: a rule for signing up without what it needs, or domains that no rule asks for. */
export function faultOfSignUp({
  signUp,
  signUpDomains,
}: Pick<Config, 'signUp' | 'signUpDomains'>): string | undefined {
  const listed = signUpDomains.length > 0;
  if (signUp === 'domains' && !listed) return 'SIGN_UP_DOMAINS is missing: SIGN_UP=domains needs them';
  if (signUp !== 'domains' && listed) {
    return 'SIGN_UP_DOMAINS is not valid: leave it unset, or give SIGN_UP=domains';
  }
  return undefined;
}
