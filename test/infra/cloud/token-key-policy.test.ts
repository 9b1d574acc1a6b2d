/** Who can use the token key, by the policies of the templates and an evaluator of IAM that is none of ours. */
import { describe, expect, it } from 'vitest';
import { type FunctionName, functionNames } from '../../../infra/routes.ts';
import { synthesise } from '../../support/cloud.ts';
import {
  type AwsRequest,
  administratorAccess,
  administrators,
  arnIn,
  deployed,
  functionRole,
  isAllowed,
  type Principal,
  resourceOf,
} from '../../support/iam.ts';
import { rightsOf } from '../../support/rights.ts';

const breakGlassRoleArn = arnIn('role/people/break-glass');
const synthesis = synthesise();
const withBreakGlass = synthesise({ context: { breakGlassRoleArn } });

/** The key of a synthesis and its policy. */
function keyOf(given: typeof synthesis) {
  const { arn, properties } = resourceOf(given, 'AWS::KMS::Key', 'TokenKey');
  return { arn, policy: deployed(given, properties['KeyPolicy']) };
}

const key = keyOf(synthesis);

type Context = Readonly<Record<string, string>>;
type Operation = 'Encrypt' | 'Decrypt' | 'ReEncryptFrom' | 'ReEncryptTo' | 'GenerateDataKey' | 'CreateGrant';

const ofAccount: Context = {
  ...{ service: 'gmail-offline-access', clientId: 'client', accountId: '150213319623975729730' },
  tokenKind: 'refresh',
};
const ofLogin: Context = {
  ...{ service: 'gmail-offline-access', clientId: 'client', loginId: 'login', tokenKind: 'login' },
};
const contextOf = (tokenKind: string) => (tokenKind === 'login' ? ofLogin : { ...ofAccount, tokenKind });

/** A request to KMS; without an encryption context, none of its condition keys is there. */
function request(operation: Operation, context: Context = {}): AwsRequest {
  const named = Object.entries(context).map(([name, value]) => [`kms:EncryptionContext:${name}`, value]);
  const keys = named.length > 0 && { 'kms:EncryptionContextKeys': Object.keys(context) };
  return {
    action: `kms:${operation}`,
    resource: key.arn,
    context: { ...Object.fromEntries(named), ...keys },
  };
}

const may = (principal: Principal, asked: AwsRequest) => isAllowed(principal, asked, key.policy);

/** Contexts that lack a part, or have another one than ours. */
const faulty: [string, Context][] = [
  ['none', {}],
  ...Object.entries({ ofAccount, ofLogin }).flatMap(([kind, context]) =>
    Object.keys(context).map((name): [string, Context] => [
      `${kind} without ${name}`,
      Object.fromEntries(Object.entries(context).filter(([each]) => each !== name)),
    ]),
  ),
  ['another service', { ...ofAccount, service: 'another' }],
  ['another kind', { ...ofAccount, tokenKind: 'id' }],
];

const kindsOf = (name: FunctionName, action: string) =>
  rightsOf(synthesis, name)
    .filter((right) => right.kind === 'key' && right.action === action)
    .map(({ tokenKind = '' }) => tokenKind);

const users = functionNames.flatMap((name) =>
  (['Encrypt', 'Decrypt'] as const).flatMap((action) =>
    kindsOf(name, action).map((kind): [FunctionName, 'Encrypt' | 'Decrypt', string] => [name, action, kind]),
  ),
);

describe('a function', () => {
  it.each(users)('%s may %s a token of the kind %s with its context', async (name, action, kind) => {
    expect(await may(functionRole(synthesis, name), request(action, contextOf(kind)))).toBe(true);
  });

  it.each(functionNames)('%s may do nothing else with the key', async (name) => {
    const role = functionRole(synthesis, name);
    const allowed: string[] = [];
    for (const operation of operations) {
      for (const [, context] of [...faulty, ...kinds]) {
        if (await may(role, request(operation, context)))
          allowed.push(`${operation} ${context['tokenKind']}`);
      }
    }
    const own = users.filter(([user]) => user === name).map(([, action, kind]) => `${action} ${kind}`);
    expect(allowed.toSorted()).toEqual(own.toSorted());
  });

  it.each(faulty)(
    'with rights to everything decrypts and encrypts under no faulty context: %s',
    async (_, context) => {
      const role = { ...functionRole(synthesis, 'sync-mailbox'), policies: [administratorAccess] };
      for (const operation of ['Encrypt', 'Decrypt'] as const) {
        expect(await may(role, request(operation, context)), operation).toBe(false);
      }
      expect(await may(role, request('Decrypt', ofAccount)), 'as it may otherwise').toBe(true);
    },
  );
});

const operations: Operation[] = [
  ...(['Encrypt', 'Decrypt', 'ReEncryptFrom', 'ReEncryptTo', 'GenerateDataKey', 'CreateGrant'] as const),
];
const kinds = ['refresh', 'access', 'login'].map((kind): [string, Context] => [kind, contextOf(kind)]);

describe('an administrator of the account', () => {
  it.each(administrators)('as %s decrypts nothing, with and without a context', async (_, principal) => {
    for (const [, context] of [...kinds, ...faulty]) {
      expect(await may(principal, request('Decrypt', context))).toBe(false);
    }
  });

  it.each(administrators)('as %s can neither recrypt, nor hand decryption on', async (_, principal) => {
    for (const action of handedOn) {
      for (const [, context] of kinds) {
        const { resource, context: named = {} } = request('Decrypt', context);
        expect(await may(principal, { action: `kms:${action}`, resource, context: named }), action).toBe(
          false,
        );
      }
    }
  });

  it.each(administrators)('as %s administers the key: nobody is locked out', async (_, principal) => {
    for (const action of administration) {
      expect(await may(principal, { action: `kms:${action}`, resource: key.arn }), action).toBe(true);
    }
  });

  it('imports grants: encrypts, with the whole context', async () => {
    for (const [, admin] of administrators) {
      expect(await may(admin, request('Encrypt', ofAccount))).toBe(true);
      expect(await may(admin, request('Encrypt'))).toBe(false);
    }
  });
});

const handedOn = [
  ...['ReEncryptFrom', 'ReEncryptTo', 'GenerateDataKey', 'GenerateDataKeyWithoutPlaintext'],
  ...['GenerateDataKeyPair', 'GenerateDataKeyPairWithoutPlaintext', 'CreateGrant', 'ReplicateKey'],
];

/** What CloudFormation, the runbook and the removal of a stage need, and the way back from any mistake. */
const administration = [
  ...[
    'DescribeKey',
    'GetKeyPolicy',
    'PutKeyPolicy',
    'GetKeyRotationStatus',
    'EnableKeyRotation',
    'DisableKey',
  ],
  ...['EnableKey', 'RotateKeyOnDemand', 'ListKeyRotations', 'ScheduleKeyDeletion', 'CancelKeyDeletion'],
  ...['CreateAlias', 'UpdateAlias', 'DeleteAlias', 'TagResource', 'UntagResource', 'ListResourceTags'],
  ...['UpdateKeyDescription', 'ListGrants', 'RevokeGrant'],
];

describe('the break-glass role', () => {
  const { policy } = keyOf(withBreakGlass);
  const role = { arn: breakGlassRoleArn, policies: [administratorAccess] };

  it('decrypts with the whole context, and without it does not', async () => {
    for (const [kind, context] of kinds) {
      expect(await isAllowed(role, request('Decrypt', context), policy), kind).toBe(true);
    }
    for (const [what, context] of faulty) {
      expect(await isAllowed(role, request('Decrypt', context), policy), what).toBe(false);
    }
  });

  it('replicates the key, and hands on nothing else', async () => {
    const allowed: string[] = [];
    for (const action of handedOn) {
      const { resource, context = {} } = request('Decrypt', ofAccount);
      if (await isAllowed(role, { action: `kms:${action}`, resource, context }, policy)) allowed.push(action);
    }
    expect(allowed).toEqual(['ReplicateKey']);
  });

  it('must be allowed that by its own policies, too', async () => {
    expect(await isAllowed({ ...role, policies: [] }, request('Decrypt', ofAccount), policy)).toBe(false);
  });

  it('is no other role, whatever that is called', async () => {
    for (const name of ['role/break-glass', 'role/people/break-glass2', 'user/people/break-glass']) {
      const other = { ...role, arn: arnIn(name) };
      expect(await isAllowed(other, request('Decrypt', ofAccount), policy), name).toBe(false);
    }
  });
});
