/** Who can use the login key, by the policies of the templates and an evaluator of IAM that is none of ours. */
import { expect, it } from 'vitest';
import { functionNames } from '../../../infra/routes.ts';
import { resourcesOf, synthesise } from '../../support/cloud.ts';
import {
  administratorAccess,
  arnIn,
  deployed,
  functionRole,
  isAllowed,
  type Principal,
} from '../../support/iam.ts';
import { rightsOf } from '../../support/rights.ts';

const synthesis = synthesise();
const [id, key] =
  Object.entries(resourcesOf(synthesis.data, 'AWS::KMS::Key')).find(([name]) =>
    name.startsWith('LoginKey'),
  ) ?? [];
const policy = deployed(synthesis, key?.Properties['KeyPolicy']);
const context = { 'kms:MacAlgorithm': 'HMAC_SHA_256' };

function may(principal: Principal, action: string): Promise<boolean> {
  const resource = `arn:aws:kms:eu-central-1:123456789012:key/${id}`;
  return isAllowed(principal, { action: `kms:${action}`, resource, context }, policy);
}

it.each(functionNames)(
  'the function %s gets the key for MACs only where it reads or writes such rows',
  async (name) => {
    const role = functionRole(synthesis, name);
    const wanted = rightsOf(synthesis, name).some(({ kind }) => kind === 'login key');
    const touches = rightsOf(synthesis, name).some(
      ({ table, kind, action }) => table === 'logins' && kind === 'table' && action !== 'DeleteItem',
    );
    expect(await may(role, 'GenerateMac')).toBe(wanted);
    expect(wanted).toBe(touches || name === 'auth-session');
  },
);

it.each(['role/Admin', 'role/people/Admin', 'user/admin', 'root'])(
  'an administrator of the account, as %s, does not get it, and is not locked out',
  async (name) => {
    const administrator = { arn: arnIn(name), policies: [administratorAccess] };
    for (const action of ['GenerateMac', 'VerifyMac', 'CreateGrant', 'ReplicateKey']) {
      expect(await may(administrator, action), action).toBe(false);
    }
    for (const action of [
      'DescribeKey',
      'GetKeyPolicy',
      'PutKeyPolicy',
      'DisableKey',
      'ScheduleKeyDeletion',
    ]) {
      expect(await may(administrator, action), action).toBe(true);
    }
  },
);
