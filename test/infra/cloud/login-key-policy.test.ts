/** Who can read the login key, by the policies of the templates and an evaluator of IAM that is none of ours. */
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
const [id] = Object.keys(resourcesOf(synthesis.data, 'AWS::SecretsManager::Secret')).filter((name) =>
  name.startsWith('LoginKey'),
);
const resource = `arn:aws:secretsmanager:eu-central-1:123456789012:secret:${id}`;
const [attached] = Object.values(resourcesOf(synthesis.data, 'AWS::SecretsManager::ResourcePolicy'));
const policy = deployed(synthesis, attached?.Properties['ResourcePolicy']);

function may(principal: Principal, action: string): Promise<boolean> {
  return isAllowed(principal, { action: `secretsmanager:${action}`, resource }, policy);
}

it.each(functionNames)(
  'the function %s gets the key for MACs only where it reads or writes such rows',
  async (name) => {
    const rights = rightsOf(synthesis, name);
    const touches = rights.some(
      ({ table, kind, action }) => table === 'logins' && kind === 'table' && action !== 'DeleteItem',
    );
    const wanted = touches || name === 'auth-session';
    expect(await may(functionRole(synthesis, name), 'GetSecretValue')).toBe(wanted);
  },
);

it.each(['role/Admin', 'role/people/Admin', 'user/admin', 'root'])(
  'an administrator of the account, as %s, does not get it, and is not locked out',
  async (name) => {
    const administrator = { arn: arnIn(name), policies: [administratorAccess] };
    expect(await may(administrator, 'GetSecretValue')).toBe(false);
    for (const action of ['DescribeSecret', 'PutSecretValue', 'PutResourcePolicy', 'DeleteSecret']) {
      expect(await may(administrator, action), action).toBe(true);
    }
  },
);
