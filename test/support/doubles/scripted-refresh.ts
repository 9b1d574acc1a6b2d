import type { TokenRefresher } from '../../../lambdas/grants/access-tokens.ts';

/** Google's token endpoint as the vault knows it: answers as told and keeps what it was asked. */
export interface ScriptedRefresh extends TokenRefresher {
  answer: () => ReturnType<TokenRefresher['refresh']>;
  /** The refresh tokens that came, one for each call. */
  readonly calls: readonly string[];
  /** To which keys these were said to be bound. */
  readonly boundTo: readonly (string | undefined)[];
}

/** A refresher that gives `fresh-1`, `fresh-2` and so on, each for an hour, until it is told otherwise. */
export function scriptedRefresh(clock: () => number): ScriptedRefresh {
  const calls: string[] = [];
  const keys: (string | undefined)[] = [];
  const refresh: ScriptedRefresh = {
    answer: async () => ({ token: `fresh-${calls.length}`, expiresAt: clock() + 3_600_000 }),
    calls,
    boundTo: keys,
    refresh: (refreshToken, boundTo) => {
      calls.push(refreshToken);
      keys.push(boundTo);
      return refresh.answer();
    },
  };
  return refresh;
}
