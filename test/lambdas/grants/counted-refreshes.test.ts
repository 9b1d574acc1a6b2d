import { describe, expect, test } from 'vitest';
import { Problem, type ProblemCode } from '../../../lambdas/errors.ts';
import { createAccessTokens } from '../../../lambdas/grants/access-tokens.ts';
import { bindingCipher } from '../../support/doubles/binding-cipher.ts';
import { testClock } from '../../support/doubles/clock.ts';
import { grantOf } from '../../support/doubles/grants.ts';
import { memoryGrants } from '../../support/doubles/memory-grants.ts';
import { recordingLog } from '../../support/doubles/recording-log.ts';
import { recordingMetrics } from '../../support/doubles/recording-metrics.ts';
import { scriptedRefresh } from '../../support/doubles/scripted-refresh.ts';

async function build() {
  const clock = testClock();
  const cipher = bindingCipher();
  const grant = await grantOf(cipher);
  const google = scriptedRefresh(clock);
  const { metrics, told } = recordingMetrics();
  const grants = memoryGrants(grant);
  const tokens = createAccessTokens({ grants, cipher, google, log: recordingLog(), metrics, clock });
  return { cipher, grant, google, tokens, told };
}

describe('refreshes are counted by what came of them', () => {
  test('a renewed token, once, however often it is then used', async () => {
    const { tokens, grant, told } = await build();
    await tokens.get(grant);
    await tokens.get(grant);
    expect(told).toEqual(['Refreshes renewed 1']);
  });

  test('a revoked grant, which is counted as such too', async () => {
    const { tokens, grant, google, told } = await build();
    google.answer = async () => 'revoked';
    await expect(tokens.get(grant)).rejects.toMatchObject({ code: 'grant_revoked' });
    expect(told).toEqual(['Refreshes revoked 1', 'GrantsRevoked 1']);
  });

  test.each<ProblemCode>(['google_unavailable', 'google_timeout', 'misconfigured'])(
    'the cause of a failure: %s',
    async (code) => {
      const { tokens, grant, google, told } = await build();
      google.answer = () => Promise.reject(new Problem(code));
      await expect(tokens.get(grant)).rejects.toMatchObject({ code });
      expect(told).toEqual([`Refreshes ${code} 1`]);
    },
  );

  test('the key that cannot be used, and what nobody foresaw', async () => {
    const { tokens, grant, google, cipher, told } = await build();
    google.answer = () => Promise.reject(new TypeError('canary'));
    await expect(tokens.get(grant)).rejects.toThrow(TypeError);
    cipher.available = false;
    await expect(tokens.get(grant)).rejects.toMatchObject({ code: 'vault_unavailable' });
    expect(told).toEqual(['Refreshes internal_error 1', 'Refreshes vault_unavailable 1']);
  });
});
