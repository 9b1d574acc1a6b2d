/** Who can read the login key, by the policies of the templates and an evaluator of IAM that is none of ours. */
import { expect, it } from 'vitest';
import { functionNames } from '../../../infra/routes.ts';
import { synthesise } from '../../support/cloud.ts';
import {
  administrators,
  deployed,
  functionRole,
  isAllowed,
  type Principal,
  resourceOf,
} from '../../support/iam.ts';
import { rightsOf } from '../../support/rights.ts';

const synthesis = synthesise();
const { arn: resource } = resourceOf(synthesis, 'AWS::SecretsManager::Secret', 'LoginKey');
const { properties } = resourceOf(synthesis, 'AWS::SecretsManager::ResourcePolicy', 'LoginKey');
const policy = deployed(synthesis, properties['ResourcePolicy']);

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

it.each(administrators)(
  'an administrator of the account, as %s, does not get it, and is not locked out',
  async (_, administrator) => {
    expect(await may(administrator, 'GetSecretValue')).toBe(false);
    for (const action of ['DescribeSecret', 'PutSecretValue', 'PutResourcePolicy', 'DeleteSecret']) {
      expect(await may(administrator, action), action).toBe(true);
    }
  },
);
