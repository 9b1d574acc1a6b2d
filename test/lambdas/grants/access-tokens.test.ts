import { describe, expect, test } from 'vitest';
import { Problem, type ProblemCode } from '../../../lambdas/errors.ts';
import { type AccessTokens, createAccessTokens } from '../../../lambdas/grants/access-tokens.ts';
import { tokenContext } from '../../../lambdas/grants/vault.ts';
import { type BindingCipher, bindingCipher } from '../../support/doubles/binding-cipher.ts';
import { testClock, testStart } from '../../support/doubles/clock.ts';
import { grantOf } from '../../support/doubles/grants.ts';
import { memoryGrants } from '../../support/doubles/memory-grants.ts';
import { recordingLog } from '../../support/doubles/recording-log.ts';
import { scriptedRefresh } from '../../support/doubles/scripted-refresh.ts';

const hour = 3_600_000;
const stored = { token: 'stored-access-token', expiresAt: testStart + hour };

async function build(overrides: Parameters<typeof grantOf>[1] = {}) {
  const clock = testClock();
  const cipher = bindingCipher();
  const log = recordingLog();
  const grant = await grantOf(cipher, overrides);
  const grants = memoryGrants(grant);
  const google = scriptedRefresh(clock);
  const newProcess = () => createAccessTokens({ grants, cipher, google, log, metrics: () => {}, clock });
  const row = () => {
    const found = grants.rows.get(grant.accountId);
    if (found === undefined) throw new Error('The grant is gone.');
    return found;
  };
  const storedToken = async () => {
    const { accessToken } = row();
    return accessToken && cipher.decrypt(accessToken.ciphertext, tokenContext(grant, 'access'));
  };
  return { clock, cipher, log, grant, grants, google, tokens: newProcess(), newProcess, row, storedToken };
}

describe('an access token that is given away', () => {
  test('comes with its end, and is the same that is used here', async () => {
    const { tokens, grant, google } = await build();
    expect(await tokens.issue(grant)).toEqual({ token: 'fresh-1', expiresAt: testStart + hour });
    expect(await tokens.get(grant)).toBe('fresh-1');
    expect(google.calls).toHaveLength(1);
  });

  test.each(['from memory', 'from the table'])(
    'lasts for five minutes at the least, be it %s',
    async (where) => {
      const { tokens, newProcess, grant, clock } = await build({ accessToken: stored });
      const current = where === 'from memory' ? () => tokens : newProcess;
      clock.pass(hour - 300_000 - 1);
      expect((await current().issue(grant)).token).toBe('stored-access-token');
      clock.pass(1);
      expect(await current().get(grant)).toBe('stored-access-token');
      expect(await current().issue(grant)).toEqual({ token: 'fresh-1', expiresAt: clock() + hour });
    },
  );
});

describe('an access token', () => {
  test('is taken from the table where one lasts', async () => {
    const { tokens, grant, google } = await build({ accessToken: stored });
    expect(await tokens.get(grant)).toBe('stored-access-token');
    expect(google.calls).toEqual([]);
  });

  test('is then kept in memory: the key is asked once', async () => {
    const { tokens, grant, cipher } = await build({ accessToken: stored });
    await tokens.get(grant);
    cipher.available = false;
    expect(await tokens.get(grant)).toBe('stored-access-token');
  });

  test('is asked of Google where none is stored, and stored encrypted', async () => {
    const { tokens, grant, google, row, storedToken } = await build();
    expect(await tokens.get(grant)).toBe('fresh-1');
    expect(google.calls).toEqual(['stored-refresh-token']);
    expect(await storedToken()).toBe('fresh-1');
    expect(row().accessToken?.expiresAt).toBe(testStart + hour);
    expect(Buffer.from(row().accessToken?.ciphertext ?? []).toString()).not.toContain('fresh-1');
  });

  test('is asked of Google with the key to which the refresh token is bound, or none', async () => {
    const bound = await build({ boundTo: 'key-1' });
    await bound.tokens.get(bound.grant);
    expect(bound.google.boundTo).toEqual(['key-1']);
    const unbound = await build();
    await unbound.tokens.get(unbound.grant);
    expect(unbound.google.boundTo).toEqual([undefined]);
  });

  test('is stored with the end of its grant, where Google limits that', async () => {
    const { tokens, grant, google, row } = await build();
    google.answer = async () => ({ ...stored, grantExpiresAt: testStart + 24 * hour });
    await tokens.get(grant);
    expect(row().grantExpiresAt).toBe(testStart + 24 * hour);
  });

  test('serves other processes through the table', async () => {
    const { tokens, grant, google, newProcess, row } = await build();
    await tokens.get(grant);
    expect(await newProcess().get(row())).toBe('fresh-1');
    expect(google.calls).toHaveLength(1);
  });

  test.each(['from memory', 'from the table'])(
    'is reused %s until a minute before it ends',
    async (where) => {
      const { tokens, newProcess, grant, clock, google } = await build({ accessToken: stored });
      const current = where === 'from memory' ? () => tokens : newProcess;
      expect(await current().get(grant)).toBe('stored-access-token');
      clock.pass(hour - 60_000 - 1);
      expect(await current().get(grant)).toBe('stored-access-token');
      expect(google.calls).toHaveLength(0);
      clock.pass(1);
      expect(await current().get(grant)).toBe('fresh-1');
      expect(google.calls).toHaveLength(1);
    },
  );

  test('of one consent is never given for another', async () => {
    const { tokens, grant, cipher } = await build({ accessToken: stored });
    await tokens.get(grant);
    const other = await grantOf(cipher, {
      accountId: 'account-2',
      consentId: 'consent-2',
      refreshToken: 'other-refresh-token',
    });
    expect(await tokens.get(other)).toBe('fresh-1');
    const newer = { ...grant, consentId: 'consent-3', accessToken: undefined };
    expect(await tokens.get(newer)).toBe('fresh-2');
  });

  test('that cannot be read is logged as an error and replaced', async () => {
    const { tokens, grant, cipher, google, log } = await build({ accessToken: stored });
    const foreign = await grantOf(cipher, { accountId: 'account-2', accessToken: stored });
    expect(await tokens.get({ ...grant, accessToken: foreign.accessToken })).toBe('fresh-1');
    expect(google.calls).toHaveLength(1);
    expect(log.lines).toMatchObject([
      { level: 'error', event: 'access token unreadable', accountId: 'account-1' },
    ]);
  });

  test('is not asked of Google because the key is down', async () => {
    const { tokens, grant, cipher, google } = await build({ accessToken: stored });
    cipher.available = false;
    await expect(tokens.get(grant)).rejects.toMatchObject({ code: 'vault_unavailable' });
    expect(google.calls).toHaveLength(0);
  });
});

describe('a refresh token', () => {
  test('of another account’s row does not decrypt, and does not reach Google', async () => {
    const { tokens, grant, cipher, google } = await build();
    const foreign = await grantOf(cipher, { accountId: 'account-2' });
    await expect(tokens.get({ ...grant, refreshToken: foreign.refreshToken })).rejects.toMatchObject({
      code: 'grant_unreadable',
    });
    expect(google.calls).toHaveLength(0);
  });

  test('is not an access token', async () => {
    const { tokens, grant, google } = await build();
    const accessToken = { ciphertext: grant.refreshToken, expiresAt: stored.expiresAt };
    expect(await tokens.get({ ...grant, accessToken })).toBe('fresh-1');
    expect(google.calls).toEqual(['stored-refresh-token']);
  });
});

describe('simultaneous needs', () => {
  test('of one grant share one refresh', async () => {
    const { tokens, grant, google } = await build();
    const given = await Promise.all(Array.from({ length: 20 }, () => tokens.get(grant)));
    expect(new Set(given)).toEqual(new Set(['fresh-1']));
    expect(google.calls).toHaveLength(1);
  });

  test('of two grants do not', async () => {
    const { tokens, grant, google, cipher } = await build();
    const other = await grantOf(cipher, {
      accountId: 'account-2',
      consentId: 'consent-2',
      refreshToken: 'other',
    });
    await Promise.all([tokens.get(grant), tokens.get(other)]);
    expect(google.calls.toSorted()).toEqual(['other', 'stored-refresh-token']);
  });

  test('share its failure, and the next need tries again', async () => {
    const { tokens, grant, google } = await build();
    const well = google.answer;
    google.answer = () => Promise.reject(new Problem('google_unavailable'));
    const given = await Promise.allSettled([tokens.get(grant), tokens.get(grant)]);
    expect(given.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    expect(google.calls).toHaveLength(1);
    google.answer = well;
    expect(await tokens.get(grant)).toBe('fresh-2');
  });
});

test('who loses the write to a newer consent uses the token it got, and leaves the newer row alone', async () => {
  const { tokens, grant, grants, cipher } = await build();
  const newer = await grantOf(cipher, { consentId: 'consent-2', refreshToken: 'newer' });
  grants.rows.set('account-1', newer);
  expect(await tokens.get(grant)).toBe('fresh-1');
  expect(grants.rows.get('account-1')).toEqual(newer);
});

test.each(['revoked', 'disconnecting'] as const)(
  'no token is stored for a grant that became %s meanwhile',
  async (status) => {
    const { tokens, grant, grants, row } = await build();
    await grants.putStatus(grant, status, testStart);
    await tokens.get(grant);
    expect(row()).toMatchObject({ status });
    expect(row().accessToken).toBeUndefined();
  },
);

describe('invalid_grant', () => {
  test('marks the grant revoked, drops its access token, and is told', async () => {
    const { tokens, grant, google, row, log, clock } = await build({ accessToken: stored });
    clock.pass(hour);
    google.answer = async () => 'revoked';
    await expect(tokens.get(grant)).rejects.toMatchObject({ code: 'grant_revoked' });
    expect(row().status).toBe('revoked');
    expect(row().accessToken).toBeUndefined();
    expect(log.lines).toEqual([{ level: 'warn', event: 'grant revoked', accountId: 'account-1' }]);
  });

  test('does not harm a newer consent', async () => {
    const { tokens, grant, grants, google, cipher, log } = await build();
    const newer = await grantOf(cipher, { consentId: 'consent-2', accessToken: stored });
    google.answer = async () => {
      grants.rows.set('account-1', newer);
      return 'revoked';
    };
    await expect(tokens.get(grant)).rejects.toMatchObject({ code: 'grant_revoked' });
    expect(grants.rows.get('account-1')).toEqual(newer);
    expect(log.lines).toEqual([]);
  });

  test('does not bring back a grant that is being disconnected', async () => {
    const { tokens, grant, grants, google, row } = await build();
    google.answer = async () => {
      await grants.putStatus(grant, 'disconnecting', testStart);
      return 'revoked';
    };
    await expect(tokens.get(grant)).rejects.toMatchObject({ code: 'grant_revoked' });
    expect(row().status).toBe('disconnecting');
  });
});

const passing: ProblemCode[] = ['google_unavailable', 'google_timeout', 'google_error', 'misconfigured'];

test.each(passing)('%s says nothing of the grant, which stays active', async (code) => {
  const { tokens, grant, google, row } = await build();
  google.answer = () => Promise.reject(new Problem(code));
  await expect(tokens.get(grant)).rejects.toMatchObject({ code });
  expect(row()).toEqual(grant);
});

describe('a token that Gmail refused', () => {
  test('is replaced by a new one from Google, whatever memory and table hold', async () => {
    const { tokens, grant, google, storedToken } = await build({ accessToken: stored });
    const refused = await tokens.get(grant);
    expect(await tokens.replace(grant, refused)).toBe('fresh-1');
    expect(await tokens.get(grant)).toBe('fresh-1');
    expect(await storedToken()).toBe('fresh-1');
    expect(google.calls).toHaveLength(1);
  });

  test('is replaced once for all who were refused it together', async () => {
    const { tokens, grant, google } = await build({ accessToken: stored });
    const refused = await tokens.get(grant);
    const given = await Promise.all(Array.from({ length: 10 }, () => tokens.replace(grant, refused)));
    expect(new Set(given)).toEqual(new Set(['fresh-1']));
    expect(google.calls).toHaveLength(1);
  });

  test('is replaced once for one who is late', async () => {
    const { tokens, grant, google } = await build({ accessToken: stored });
    const refused = await tokens.get(grant);
    await tokens.replace(grant, refused);
    expect(await tokens.replace(grant, refused)).toBe('fresh-1');
    expect(google.calls).toHaveLength(1);
  });

  test('is not given to who asks while it is being replaced', async () => {
    const { tokens, grant } = await build({ accessToken: stored });
    const refused = await tokens.get(grant);
    const [replaced, asked] = await Promise.all([
      tokens.replace(grant, refused),
      nextTick(() => tokens.get(grant)),
    ]);
    expect([replaced, asked]).toEqual(['fresh-1', 'fresh-1']);
  });

  test('is no answer to itself, though the table still holds it and somebody is just reading it there', async () => {
    const { tokens, grant } = await build({ accessToken: stored });
    const [reading, replaced] = await Promise.all([tokens.get(grant), tokens.replace(grant, stored.token)]);
    expect(reading).toBe(stored.token);
    expect(replaced).toBe('fresh-1');
  });

  test('is no answer to itself, though somebody begins to read it in the table at the same moment', async () => {
    const { tokens, grant } = await build({ accessToken: stored });
    const [replaced] = await Promise.all([tokens.replace(grant, stored.token), tokens.get(grant)]);
    expect(replaced).not.toBe(stored.token);
  });

  test('is not replaced by one in memory that is about to end', async () => {
    const { tokens, grant, google, clock } = await build({ accessToken: stored });
    const refused = await tokens.get(grant);
    expect(await tokens.replace(grant, refused)).toBe('fresh-1');
    clock.pass(hour - 60_000);
    expect(await tokens.replace(grant, refused)).toBe('fresh-2');
    expect(google.calls).toHaveLength(2);
  });

  test('is not offered again after its replacement failed', async () => {
    const { tokens, grant, google } = await build({ accessToken: stored });
    const refused = await tokens.get(grant);
    const well = google.answer;
    google.answer = () => Promise.reject(new Problem('google_timeout'));
    await expect(tokens.replace(grant, refused)).rejects.toMatchObject({ code: 'google_timeout' });
    google.answer = well;
    expect(await tokens.replace(grant, refused)).toBe('fresh-2');
  });

  test('is dropped from the table if its replacement fails: no other process gives it away', async () => {
    const { tokens, grant, google, row } = await build({ accessToken: stored });
    const refused = await tokens.get(grant);
    google.answer = () => Promise.reject(new Problem('google_timeout'));
    await expect(tokens.replace(grant, refused)).rejects.toMatchObject({ code: 'google_timeout' });
    expect(row()).toMatchObject({ status: 'active' });
    expect(row().accessToken).toBeUndefined();
  });

  test('does not take a newer one from the table', async () => {
    const { tokens, grant, grants, google, cipher, row } = await build({ accessToken: stored });
    const refused = await tokens.get(grant);
    const newer = { token: 'newer', expiresAt: stored.expiresAt + 1 };
    grants.rows.set('account-1', await grantOf(cipher, { accessToken: newer }));
    google.answer = () => Promise.reject(new Problem('google_timeout'));
    await expect(tokens.replace(grant, refused)).rejects.toMatchObject({ code: 'google_timeout' });
    expect(row().accessToken?.expiresAt).toBe(newer.expiresAt);
  });

  test('is not given by a process that remembers it, once another has replaced it', async () => {
    const { tokens, newProcess, row, clock, google } = await build({ accessToken: stored });
    const refused = (await tokens.issue(row())).token;
    clock.pass(1);
    await newProcess().replace(row(), refused);
    expect((await tokens.issue(row())).token).toBe('fresh-1');
    expect(google.calls).toHaveLength(1);
  });

  test('may turn out to belong to a dead grant', async () => {
    const { tokens, grant, google, row } = await build({ accessToken: stored });
    const refused = await tokens.get(grant);
    google.answer = async () => 'revoked';
    await expect(tokens.replace(grant, refused)).rejects.toMatchObject({ code: 'grant_revoked' });
    expect(row().status).toBe('revoked');
  });
});

describe('memory', () => {
  /** Grants that nobody else knows: what is given for them twice without a call of Google's is from memory. */
  async function ask(tokens: AccessTokens, cipher: BindingCipher, count: number, from = 1) {
    for (let number = from; number < from + count; number++) {
      await tokens.get(
        await grantOf(cipher, { accountId: `account-${number}`, consentId: `consent-${number}` }),
      );
    }
  }

  test('holds a thousand tokens', async () => {
    const { tokens, cipher, google } = await build();
    await ask(tokens, cipher, 1_000);
    await ask(tokens, cipher, 1_000);
    expect(google.calls).toHaveLength(1_000);
  });

  test('holds no more: the oldest makes room, and it alone', async () => {
    const { tokens, cipher, google } = await build();
    await ask(tokens, cipher, 1_001);
    await ask(tokens, cipher, 1_000, 2);
    expect(google.calls).toHaveLength(1_001);
    await ask(tokens, cipher, 1);
    expect(google.calls).toHaveLength(1_002);
  });

  test('counts a renewed token as new', async () => {
    const { tokens, cipher, google, grant, clock } = await build();
    await tokens.get(grant);
    clock.pass(hour / 2);
    await ask(tokens, cipher, 999, 2);
    clock.pass(hour / 2);
    await tokens.get(grant);
    await ask(tokens, cipher, 1, 1_001);
    expect(google.calls).toHaveLength(1_002);
    await tokens.get(grant);
    expect(google.calls).toHaveLength(1_002);
  });
});

async function nextTick<Result>(work: () => Promise<Result>): Promise<Result> {
  await Promise.resolve();
  return work();
}
