import { describe, expect, test } from 'vitest';
import { admissionFor } from '../../../lambdas/consent/sign-up.ts';
import { Problem } from '../../../lambdas/errors.ts';
import type { Grant } from '../../../lambdas/grants/grant.ts';
import {
  type Admission,
  type Consent,
  decryptRefreshToken,
  storeConsent,
} from '../../../lambdas/grants/vault.ts';
import { bindingCipher } from '../../support/doubles/binding-cipher.ts';
import { testClock, testStart } from '../../support/doubles/clock.ts';
import { askedScopes, grantedScopes, grantOf, modifyScope } from '../../support/doubles/grants.ts';
import { type MemoryGrants, memoryGrants } from '../../support/doubles/memory-grants.ts';
import { numberedTokens } from '../../support/doubles/tokens.ts';

const person = { email: 'ann@example.com', emailVerified: true };
const policy = { signUp: 'links-only', signUpDomains: [] } as const;
const invitedBy = (owner: string): Admission => ({ admit: admissionFor(person, { owner }, policy) });
const uninvited: Admission = { admit: admissionFor(person, undefined, policy) };

/** A vault that holds at most one grant, of account 1. */
async function vault(stored?: Parameters<typeof grantOf>[1]) {
  const cipher = bindingCipher();
  const before = stored && (await grantOf(cipher, stored));
  const grants = memoryGrants(...(before ? [before] : []));
  const newId = numberedTokens('id');
  const store = (consent: Partial<Consent>, admission: Admission, over: MemoryGrants = grants) =>
    storeConsent(
      {
        accountId: 'account-1',
        ...person,
        clientId: 'client-1',
        scopes: grantedScopes,
        askedScopes,
        refreshToken: 'new-refresh-token',
        accessToken: { token: 'new-access-token', expiresAt: testStart + 3_600_000 },
        ...consent,
      },
      admission,
      { grants: over, cipher, clock: testClock(), newId },
    );
  const row = () => grants.rows.get('account-1');
  const refreshToken = async () => {
    const grant = row();
    return grant && decryptRefreshToken(grant, cipher);
  };
  return { cipher, grants, before, store, row, refreshToken };
}

const withoutRefreshToken = { refreshToken: undefined };
const wider = { scopes: [...grantedScopes, modifyScope] };

test('a grant is stored with the end that Google sets, until a new consent has none', async () => {
  const { store, row } = await vault();
  await store({ grantExpiresAt: testStart }, { admit: () => undefined });
  expect(row()?.grantExpiresAt).toBe(testStart);
  await store({}, { admit: () => undefined });
  expect(row()?.grantExpiresAt).toBeUndefined();
});

test('an address that Google has not verified is kept as such, also by a consent that it vouches for', async () => {
  const { store, row } = await vault();
  for (const emailVerified of [false, true]) {
    await store({ emailVerified }, invitedBy('acme'));
    expect(row()).toMatchObject({ email: 'ann@example.com', emailUnverified: true });
  }
});

describe('a refresh token that is bound to a key', () => {
  const admission = { admit: () => undefined };

  test('is stored with the name of the key, until a consent brings one that is bound to none', async () => {
    const { store, row } = await vault();
    await store({ boundTo: 'key-1' }, admission);
    expect(row()?.boundTo).toBe('key-1');
    await store({}, admission);
    expect(row()?.boundTo).toBeUndefined();
  });

  test('goes on where a consent brings none, as long as its key is in use', async () => {
    const { store, before } = await vault({ boundTo: 'key-1' });
    expect(await store({ ...withoutRefreshToken, boundTo: 'key-1' }, admission)).toMatchObject({
      consentId: before?.consentId,
      boundTo: 'key-1',
    });
  });

  test.each(['key-2', undefined])('no longer serves where the key in use is %s', async (boundTo) => {
    const { store, row } = await vault({ boundTo: 'key-1', ...wider });
    expect(await store({ ...withoutRefreshToken, boundTo }, admission)).toBeUndefined();
    await store({ boundTo }, admission);
    expect(row()).toMatchObject({ scopes: grantedScopes, boundTo });
  });

  test('leaves one that is bound to none as it is, where a consent brings none', async () => {
    const { store, row } = await vault({});
    await store({ ...withoutRefreshToken, boundTo: 'key-1' }, admission);
    expect(row()?.boundTo).toBeUndefined();
  });
});

describe('a mailbox is the owner’s', () => {
  test('from its first consent on', async () => {
    const { store, row } = await vault();
    expect(await store({}, invitedBy('tenant-1'))).toEqual(row());
    expect(row()).toMatchObject({ owner: 'tenant-1', status: 'active' });
  });

  test.each([['active' as const], ['revoked' as const]])(
    'and stays so when its person consents anew, be the grant %s',
    async (status) => {
      const { store, row, before, refreshToken } = await vault({ owner: 'tenant-1', status });
      await store({}, uninvited);
      expect(row()).toMatchObject({ owner: 'tenant-1', status: 'active', generation: before?.generation });
      expect(await refreshToken()).toBe('new-refresh-token');
    },
  );

  test.each([
    ['a refresh token came', {}],
    ['none came', withoutRefreshToken],
    ['it is narrower', { ...withoutRefreshToken, scopes: grantedScopes }],
  ])('and no other owner gets it, when %s', async (_, consent) => {
    const { store, row, before } = await vault({ owner: 'tenant-1', ...wider });
    await expect(store(consent, invitedBy('tenant-2'))).rejects.toMatchObject({ code: 'owner_mismatch' });
    expect(row()).toEqual(before);
  });

  test('until it is disconnected: then it begins anew', async () => {
    const { store, row, before } = await vault({ owner: 'tenant-1', status: 'disconnecting' });
    await store({}, invitedBy('tenant-2'));
    expect(row()).toMatchObject({ owner: 'tenant-2', status: 'active' });
    expect(row()?.generation).not.toBe(before?.generation);
  });
});

describe('a mailbox without an owner is adopted', () => {
  test('with the tokens that the consent brought', async () => {
    const { store, row, refreshToken, before } = await vault({});
    await store({}, invitedBy('tenant-1'));
    expect(row()).toMatchObject({ owner: 'tenant-1', generation: before?.generation });
    expect(await refreshToken()).toBe('new-refresh-token');
  });

  test('with its own refresh token where none came', async () => {
    const { store, row, refreshToken, before } = await vault({});
    expect(await store(withoutRefreshToken, invitedBy('tenant-1'))).toEqual(row());
    expect(row()).toMatchObject({ owner: 'tenant-1', generation: before?.generation });
    expect(row()?.accessToken?.expiresAt).toBe(testStart + 3_600_000);
    expect(await refreshToken()).toBe('stored-refresh-token');
  });

  test('with its own tokens where they reach further', async () => {
    const { store, row, refreshToken, before } = await vault(wider);
    await store({}, invitedBy('tenant-1'));
    expect(row()).toEqual({ ...before, owner: 'tenant-1', consentId: expect.any(String) });
    expect(await refreshToken()).toBe('stored-refresh-token');
  });

  test.each([
    ['with refresh tokens', {}],
    ['without', withoutRefreshToken],
  ])('by one of two owners at once, %s', async (_, consent) => {
    const { store, row } = await vault({});
    const owners = ['tenant-1', 'tenant-2'];
    const outcomes = await Promise.allSettled(owners.map((owner) => store(consent, invitedBy(owner))));
    expect(outcomes.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected']);
    expect(outcomes.find(({ status }) => status === 'rejected')).toMatchObject({
      reason: { code: 'owner_mismatch' },
    });
    expect(row()?.owner).toBe(owners[outcomes.findIndex(({ status }) => status === 'fulfilled')]);
  });
});

test('of two owners who invite the same stranger at once one gets the mailbox', async () => {
  const { store, grants } = await vault();
  const outcomes = await Promise.allSettled(
    ['tenant-1', 'tenant-2'].map((owner) => store({}, invitedBy(owner))),
  );
  expect(outcomes.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected']);
  expect(grants.rows.size).toBe(1);
});

describe('who is not admitted', () => {
  test('leaves nothing behind', async () => {
    const { store, grants } = await vault();
    const claimed: unknown[] = [];
    const claim = async () => void claimed.push('claimed');
    await expect(store({}, { ...uninvited, claim })).rejects.toMatchObject({ code: 'sign_up_closed' });
    expect(grants.rows.size).toBe(0);
    expect(claimed).toEqual([]);
  });

  test('is found out also when the account’s grant went between reading and writing', async () => {
    const { store, grants } = await vault({});
    let reads = 0;
    const racing: MemoryGrants = {
      ...grants,
      find: async (accountId) => {
        const found = grants.rows.get(accountId);
        if (reads++ === 0) grants.rows.delete(accountId);
        return found;
      },
    };
    await expect(store({}, uninvited, racing)).rejects.toMatchObject({ code: 'sign_up_closed' });
    expect(grants.rows.size).toBe(0);
  });
});

describe('what admits a consent is claimed', () => {
  /** Stores a consent and notes in which order things happen. */
  async function order(
    stored: Parameters<typeof grantOf>[1] | undefined,
    consent: Partial<Consent>,
    spoil: (grants: MemoryGrants) => Partial<MemoryGrants> = () => ({}),
  ) {
    const events: string[] = [];
    const { store, grants, cipher } = await vault(stored);
    const noting: MemoryGrants = {
      ...grants,
      ...spoil(grants),
      putAccessToken: async (...given) => {
        events.push('write');
        return grants.putAccessToken(...given);
      },
    };
    const { replace } = noting;
    noting.replace = async (grant: Grant, seen) => {
      events.push('write');
      return replace(grant, seen);
    };
    const claim = async () => void events.push('claim');
    const outcome = await store(consent, { admit: () => undefined, claim }, noting).catch(
      (error: unknown) => error,
    );
    return { events, outcome, cipher };
  }

  test.each<[string, Parameters<typeof grantOf>[1] | undefined, Partial<Consent>, string[]]>([
    ['a first grant', undefined, {}, ['claim', 'write']],
    ['a new refresh token', {}, {}, ['claim', 'write']],
    ['a new access token', {}, withoutRefreshToken, ['claim', 'write']],
    ['a wider grant that is kept as it is', wider, {}, ['claim']],
  ])('before %s is written', async (_, stored, consent, expected) => {
    expect((await order(stored, consent)).events).toEqual(expected);
  });

  test('never when nothing comes of it', async () => {
    const { events, outcome } = await order(undefined, withoutRefreshToken);
    expect([events, outcome]).toEqual([[], undefined]);
  });

  test('once, however often the row changes meanwhile', async () => {
    const { events, outcome } = await order({}, {}, () => ({ replace: async () => false }));
    expect(events).toEqual(['claim', 'write', 'write', 'write']);
    expect(outcome).toMatchObject({ code: 'storage_unavailable' });
  });

  test('not while tokens cannot be encrypted', async () => {
    const claimed: unknown[] = [];
    const { store, cipher, grants } = await vault();
    cipher.available = false;
    const claim = async () => void claimed.push('claimed');
    await expect(store({}, { admit: () => undefined, claim })).rejects.toMatchObject({
      code: 'vault_unavailable',
    });
    expect([claimed, grants.rows.size]).toEqual([[], 0]);
  });

  test('or else nothing is written', async () => {
    const { store, row, before } = await vault({});
    const claim = () => Promise.reject(new Problem('invalid_link'));
    for (const consent of [{}, withoutRefreshToken]) {
      await expect(store(consent, { admit: () => 'tenant-1', claim })).rejects.toMatchObject({
        code: 'invalid_link',
      });
    }
    expect(row()).toEqual(before);
  });
});
