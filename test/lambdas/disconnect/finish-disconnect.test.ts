import { describe, expect, test } from 'vitest';
import { finishDisconnect } from '../../../lambdas/disconnect/finish-disconnect.ts';
import { Problem } from '../../../lambdas/errors.ts';
import { bindingCipher } from '../../support/doubles/binding-cipher.ts';
import { testClock, testStart } from '../../support/doubles/clock.ts';
import { grantOf } from '../../support/doubles/grants.ts';
import { memoryGrants } from '../../support/doubles/memory-grants.ts';
import { memorySessions, sessionOf } from '../../support/doubles/memory-sessions.ts';
import { recordingLog } from '../../support/doubles/recording-log.ts';
import { tokenNamed } from '../../support/doubles/tokens.ts';

const session = tokenNamed('session');
const minute = 60_000;
const day = 24 * 60 * minute;

async function build(grant: Parameters<typeof grantOf>[1] = {}) {
  const cipher = bindingCipher();
  const clock = testClock();
  const log = recordingLog();
  const begun = { status: 'disconnecting', statusSince: testStart } as const;
  const grants = memoryGrants(await grantOf(cipher, { ...begun, ...grant }));
  const sessions = memorySessions(
    sessionOf(session),
    sessionOf(tokenNamed('newer'), { generation: 'generation-2' }),
    sessionOf(tokenNamed('other'), { accountId: 'account-2' }),
  );
  const steps: string[] = [];
  const google = { revoke: async (): Promise<void> => {} };
  const dependencies = {
    ...{ cipher, clock, log, grants, sessions },
    findGrant: grants.find,
    google: {
      revoke: (refreshToken: string) => {
        steps.push(`revoke ${refreshToken}`);
        return google.revoke();
      },
    },
    eraseCopy: async ({ accountId, generation }: { accountId: string; generation: string }) => {
      steps.push(`ask for the erasure of ${accountId} ${generation}`);
    },
  };
  const finish = () => finishDisconnect('account-1', dependencies);
  return { ...dependencies, google, steps, finish };
}

const allSteps = ['revoke stored-refresh-token', 'ask for the erasure of account-1 generation-1'];

describe('a disconnect that was cut off', () => {
  test('is finished: revoked at Google, its copy erased, and then the grant and its sessions', async () => {
    const { finish, steps, grants, sessions, clock, log } = await build();
    clock.pass(15 * minute);
    expect(await finish()).toBe(true);
    expect(steps).toEqual(allSteps);
    expect(grants.rows.size).toBe(0);
    expect([...sessions.rows.values()].map(({ accountId, generation }) => [accountId, generation])).toEqual([
      ['account-1', 'generation-2'],
      ['account-2', 'generation-1'],
    ]);
    expect(log.lines).toEqual([]);
  });

  test('without a start time counts as an old one', async () => {
    const { finish, grants } = await build({ statusSince: undefined });
    expect(await finish()).toBe(true);
    expect(grants.rows.size).toBe(0);
  });

  test('is left alone for a quarter of an hour, while its function may still run', async () => {
    const { finish, steps, grants, clock } = await build();
    clock.pass(15 * minute - 1);
    expect(await finish()).toBe(false);
    expect(steps).toEqual([]);
    expect(grants.rows.size).toBe(1);
  });

  test('leaves a newer consent alone', async () => {
    const { finish, google, grants, sessions, clock, cipher } = await build();
    clock.pass(day);
    const newer = await grantOf(cipher, { generation: 'generation-2', consentId: 'consent-2' });
    google.revoke = async () => {
      grants.rows.set('account-1', newer);
    };
    expect(await finish()).toBe(false);
    expect(grants.rows.get('account-1')).toEqual(newer);
    expect([...sessions.rows.values()].map(({ generation }) => generation)).toContain('generation-2');
  });
});

describe('nothing is finished', () => {
  test.each(['active', 'revoked'] as const)('of a grant that is %s', async (status) => {
    const { finish, steps, grants, clock } = await build({ status });
    clock.pass(day);
    expect(await finish()).toBe(false);
    expect(steps).toEqual([]);
    expect(grants.rows.size).toBe(1);
  });

  test('where there is no grant any more', async () => {
    const { finish, steps, grants } = await build();
    grants.rows.clear();
    expect(await finish()).toBe(false);
    expect(steps).toEqual([]);
  });
});

describe('a revocation that fails', () => {
  test.each(['google_unavailable', 'google_timeout', 'google_error', 'vault_unavailable'] as const)(
    '%s: the copy goes, the grant waits a day for another try, then it goes too',
    async (code) => {
      const { finish, google, steps, grants, sessions, clock, log } = await build();
      google.revoke = () => Promise.reject(new Problem(code, { cause: new Error('canary') }));
      clock.pass(day - 1);
      expect(await finish()).toBe(false);
      expect(steps).toEqual(allSteps);
      expect(grants.rows.size).toBe(1);
      expect(sessions.rows.size).toBe(3);
      clock.pass(1);
      expect(await finish()).toBe(true);
      expect(grants.rows.size).toBe(0);
      expect(sessions.rows.size).toBe(2);
      expect(log.lines).toMatchObject([
        { level: 'warn', event: 'not revoked at google', code, accountId: 'account-1' },
        { level: 'warn', event: 'not revoked at google', code, accountId: 'account-1' },
        {
          level: 'warn',
          event: 'erased, not revoked at google',
          accountId: 'account-1',
          remedy: expect.stringContaining('https://myaccount.google.com/connections'),
        },
      ]);
      expect(JSON.stringify(log.lines)).not.toMatch(/canary|stored-refresh-token/);
    },
  );

  test('because the token is unreadable: the grant goes after a day, and no token is sent', async () => {
    const { finish, steps, grants, clock, cipher } = await build();
    const [row] = grants.rows.values();
    const foreign = await grantOf(cipher, { accountId: 'account-2' });
    if (row) grants.rows.set('account-1', { ...row, refreshToken: foreign.refreshToken });
    clock.pass(day);
    expect(await finish()).toBe(true);
    expect(steps).toEqual(allSteps.slice(1));
    expect(grants.rows.size).toBe(0);
  });
});
