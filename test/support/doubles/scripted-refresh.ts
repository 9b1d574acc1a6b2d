import type { TokenRefresher } from '../../../lambdas/grants/access-tokens.ts';

/** Google's token endpoint as the vault knows it: answers as told and keeps what it was asked. */
export interface ScriptedRefresh extends TokenRefresher {
  answer: () => ReturnType<TokenRefresher['refresh']>;
  /** The refresh tokens that came, one for each call. */
  readonly calls: readonly string[];
}

/** A refresher that gives `fresh-1`, `fresh-2` and so on, each for an hour, until it is told otherwise. */
export function scriptedRefresh(clock: () => number): ScriptedRefresh {
  const calls: string[] = [];
  const refresh: ScriptedRefresh = {
    answer: async () => ({ token: `fresh-${calls.length}`, expiresAt: clock() + 3_600_000 }),
    calls,
    refresh: (refreshToken) => {
      calls.push(refreshToken);
      return refresh.answer();
    },
  };
  return refresh;
}
