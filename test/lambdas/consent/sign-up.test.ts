import { describe, expect, test } from 'vitest';
import type { Invitation } from '../../../lambdas/consent/pending-consent.ts';
import { admissionFor, type Person, type SignUpPolicy } from '../../../lambdas/consent/sign-up.ts';
import type { Grant } from '../../../lambdas/grants/grant.ts';
import { bindingCipher } from '../../support/doubles/binding-cipher.ts';
import { grantOf } from '../../support/doubles/grants.ts';

const linksOnly: SignUpPolicy = { signUp: 'links-only', signUpDomains: [] };
const open: SignUpPolicy = { signUp: 'open', signUpDomains: [] };
const domains: SignUpPolicy = { signUp: 'domains', signUpDomains: ['example.com', 'example.org'] };

/** Whose the mailbox is when somebody connects it: by default a stranger of a Workspace domain, uninvited. */
function ownerWhen({
  policy = linksOnly,
  invitation,
  stored,
  ...person
}: Partial<Person> & { policy?: SignUpPolicy; invitation?: Invitation; stored?: Grant | undefined }) {
  const ann = { email: 'ann@example.com', emailVerified: true, hostedDomain: 'example.com' };
  return admissionFor({ ...ann, ...person }, invitation, policy)(stored);
}

const grant = (changes: Parameters<typeof grantOf>[1] = {}) => grantOf(bindingCipher(), changes);
const refused = (code: string) => expect.objectContaining({ code });

describe('without an invitation', () => {
  describe.each([linksOnly, domains, open])('under $signUp', (policy) => {
    const unwelcome = { policy, hostedDomain: undefined, emailVerified: false };

    test.each([['active' as const], ['revoked' as const]])(
      'an account whose grant is %s is known, and keeps its owner',
      async (status) => {
        const owned = await grant({ status, owner: 'tenant-1' });
        expect(ownerWhen({ ...unwelcome, stored: owned })).toBe('tenant-1');
        expect(ownerWhen({ ...unwelcome, stored: await grant({ status }) })).toBeUndefined();
      },
    );

    test('an account that is being disconnected is a stranger’s, and nobody’s any more', async () => {
      const stored = await grant({ status: 'disconnecting', owner: 'tenant-1' });
      const owner = () => ownerWhen({ ...unwelcome, stored });
      if (policy.signUp === 'open') expect(owner()).toBeUndefined();
      else expect(owner).toThrow(refused('sign_up_closed'));
    });
  });

  test('strangers are turned away by links-only, whatever their domain', () => {
    const policy: SignUpPolicy = { signUp: 'links-only', signUpDomains: ['example.com'] };
    expect(() => ownerWhen({ policy })).toThrow(refused('sign_up_closed'));
  });

  test('strangers are let in by open', () => {
    expect(ownerWhen({ policy: open, emailVerified: false, hostedDomain: undefined })).toBeUndefined();
  });

  test.each<[string, Partial<Person>]>([
    ['of a listed domain', {}],
    ['of the other one', { hostedDomain: 'example.org' }],
    ['of one that is written otherwise', { hostedDomain: 'Example.COM' }],
    ['of a listed domain, with an address elsewhere', { email: 'ann@alias.example' }],
  ])('strangers are let in by domains when they are %s', (_, person) => {
    expect(ownerWhen({ policy: domains, ...person })).toBeUndefined();
  });

  test.each<[string, Partial<Person>]>([
    ['of no Workspace domain, whatever their address says', { hostedDomain: undefined }],
    ['of an empty one', { hostedDomain: '' }],
    ['of another', { hostedDomain: 'evil.example' }],
    ['of one below a listed one', { hostedDomain: 'sub.example.com' }],
    ['of one that ends like a listed one', { hostedDomain: 'notexample.com' }],
    ['not vouched for by Google', { emailVerified: false }],
  ])('strangers are turned away by domains when they are %s', (_, person) => {
    expect(() => ownerWhen({ policy: domains, ...person })).toThrow(refused('sign_up_closed'));
  });
});

describe('an invitation', () => {
  const invitation = { owner: 'tenant-1' };

  test('admits strangers for its owner', () => {
    expect(ownerWhen({ invitation, emailVerified: false, hostedDomain: undefined })).toBe('tenant-1');
  });

  test.each([
    ['ANN@example.com', 'ann@EXAMPLE.com', true],
    ['first.last@gmail.com', 'firstlast@gmail.com', true],
    ['first.last@gmail.com', 'F.i.r.s.t.last@googlemail.com', true],
    ['firstlast@googlemail.com', 'first.last@gmail.com', true],
    ['firstlast@gmail.com', 'firstlast+tag@gmail.com', false],
    ['first.last@example.com', 'firstlast@example.com', false],
    ['firstlast@mail.gmail.com', 'first.last@mail.gmail.com', false],
    ['firstlast@gmail.com', 'firstlast@gmail.com.evil.example', false],
  ])('for %s is taken up by %s: %s', (invited, email, isWelcome) => {
    const owner = () => ownerWhen({ invitation: { ...invitation, email: invited }, email });
    if (isWelcome) return expect(owner()).toBe('tenant-1');
    return expect(owner).toThrow(
      expect.objectContaining({
        code: 'account_mismatch',
        message: `The invitation is for ${invited}, and you chose ${email}. Nothing was changed.`,
      }),
    );
  });

  test('names no character that cannot be seen, and an address that Google has not verified as such', () => {
    const named = (person: Partial<Person>) => () =>
      ownerWhen({ invitation: { ...invitation, email: 'ann@example.com' }, ...person });
    expect(named({ email: 'bob\u202e\n@example.com' })).toThrow('you chose bob @example.com.');
    expect(named({ email: '' })).toThrow('you chose another account');
    expect(named({ emailVerified: false })).toThrow('has not verified');
  });

  test.each([['active' as const], ['revoked' as const]])(
    'adopts a mailbox that has no owner, its grant %s',
    async (status) => {
      expect(ownerWhen({ invitation, stored: await grant({ status }) })).toBe('tenant-1');
    },
  );

  test('finds the mailbox with its owner already', async () => {
    expect(ownerWhen({ invitation, stored: await grant({ owner: 'tenant-1' }) })).toBe('tenant-1');
  });

  test.each([['active' as const], ['revoked' as const]])(
    'takes no mailbox away from another owner, its grant %s',
    async (status) => {
      const stored = await grant({ status, owner: 'tenant-2' });
      expect(() => ownerWhen({ invitation, stored })).toThrow(refused('owner_mismatch'));
      expect(() => ownerWhen({ invitation, stored, policy: open })).toThrow(refused('owner_mismatch'));
    },
  );

  test('tells owners apart letter by letter', async () => {
    const stored = await grant({ owner: 'Tenant-1' });
    expect(() => ownerWhen({ invitation, stored })).toThrow(refused('owner_mismatch'));
  });

  test('admits where another owner’s mailbox is being disconnected', async () => {
    const stored = await grant({ status: 'disconnecting', owner: 'tenant-2' });
    expect(ownerWhen({ invitation, stored })).toBe('tenant-1');
  });
});

describe('an invitation to an address', () => {
  const invitation = { owner: 'tenant-1', email: 'Ann@Example.com' };

  test('is for whoever has it, however it is written', () => {
    expect(ownerWhen({ invitation, email: 'aNN@example.COM' })).toBe('tenant-1');
  });

  test.each<[string, Partial<Person>]>([
    ['another', { email: 'bob@example.com' }],
    ['none', { email: '' }],
    ['the right one, which Google does not vouch for', { emailVerified: false }],
  ])('is not for who has %s, be the account known or not', async (_, person) => {
    for (const stored of [undefined, await grant(), await grant({ owner: 'tenant-1' })]) {
      const admitted = () => ownerWhen({ invitation, stored, ...person, policy: open });
      expect(admitted).toThrow(refused('account_mismatch'));
    }
  });
});
