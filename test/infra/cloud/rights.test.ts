import { describe, expect, it } from 'vitest';
import { type FunctionName, functionNames } from '../../../infra/routes.ts';
import { resourcesOf, synthesise } from '../../support/cloud.ts';
import { rightsOf, roleOf, type Statement, statementsOf } from '../../support/rights.ts';

const synthesis = synthesise();

/** Each role's rights in full, beside those of the platform. */
const rights: Record<FunctionName, Statement[]> = {
  'auth-url': [
    items('logins', 'GetItem', 'PutItem'),
    attributes('grants', 'accountId', 'status'),
    loginKey('Encrypt'),
    secret(),
  ],
  'auth-callback': [
    items('logins', 'GetItem', 'PutItem', 'DeleteItem'),
    items('grants', 'GetItem', 'PutItem', 'UpdateItem'),
    loginKey('Decrypt'),
    accountKey('Encrypt', 'refresh', 'access'),
    secret(),
  ],
  'auth-problem': [],
  'auth-logout': [items('logins', 'DeleteItem')],
  'messages-list': [
    items('logins', 'GetItem', 'UpdateItem'),
    items('grants', 'GetItem', 'UpdateItem'),
    accountKey('Decrypt', 'refresh', 'access'),
    accountKey('Encrypt', 'access'),
    secret(),
  ],
  'message-get': [
    items('logins', 'GetItem', 'UpdateItem'),
    items('grants', 'GetItem', 'UpdateItem'),
    accountKey('Decrypt', 'refresh', 'access'),
    accountKey('Encrypt', 'access'),
    secret(),
  ],
  'mailbox-status': [
    items('logins', 'GetItem', 'UpdateItem'),
    attributes('grants', 'accountId', 'generation', 'status', 'email', 'scopes', 'connectedAt'),
  ],
  'mailbox-disconnect': [
    items('logins', 'GetItem', 'DeleteItem'),
    { actions: ['dynamodb:Query'], resource: 'index logins/byAccount', conditions: {} },
    items('grants', 'GetItem', 'UpdateItem', 'DeleteItem'),
    accountKey('Decrypt', 'refresh'),
  ],
  page: [
    items('logins', 'GetItem'),
    attributes('grants', 'accountId', 'generation', 'status', 'email', 'scopes', 'connectedAt'),
  ],
};

describe('the role of', () => {
  it.each(functionNames)('%s holds its rights and no others', (name) => {
    expect(sorted(statementsOf(synthesis, name))).toEqual(sorted([...platform(name), ...rights[name]]));
  });

  it.each(functionNames)('%s is its own, with nothing attached but the one policy', (name) => {
    const role = synthesis.service.Resources[roleOf(synthesis, name)];
    expect(role?.Properties).toEqual({
      AssumeRolePolicyDocument: {
        Version: '2012-10-17',
        Statement: [
          { Action: 'sts:AssumeRole', Effect: 'Allow', Principal: { Service: 'lambda.amazonaws.com' } },
        ],
      },
    });
  });
});

it('gives no two functions the same role, and has no role beside theirs', () => {
  const roles = functionNames.map((name) => roleOf(synthesis, name));
  expect(Object.keys(resourcesOf(synthesis.service, 'AWS::IAM::Role')).sort()).toEqual(roles.sort());
  expect(resourcesOf(synthesis.data, 'AWS::IAM::Role')).toEqual({});
});

it('gives no wildcard, but for X-Ray, which knows no resources', () => {
  for (const { actions, resource } of functionNames.flatMap((name) => statementsOf(synthesis, name))) {
    expect(actions.join()).not.toContain('*');
    expect(resource.includes('*')).toBe(actions.every((action) => action.startsWith('xray:')));
  }
});

describe('rightsOf', () => {
  it('names each right by itself, for a comparison with the calls that were seen', () => {
    expect(rightsOf(synthesis, 'auth-url')).toEqual([
      { service: 'dynamodb', action: 'GetItem', kind: 'table', table: 'logins' },
      { service: 'dynamodb', action: 'PutItem', kind: 'table', table: 'logins' },
      {
        service: 'dynamodb',
        action: 'GetItem',
        kind: 'table',
        table: 'grants',
        attributes: ['accountId', 'status'],
      },
      { service: 'kms', action: 'Encrypt', kind: 'key', tokenKind: 'login' },
      { service: 'secretsmanager', action: 'GetSecretValue', kind: 'secret' },
    ]);
    expect(rightsOf(synthesis, 'mailbox-disconnect')).toContainEqual({
      service: 'dynamodb',
      action: 'Query',
      kind: 'index',
      table: 'logins',
      index: 'byAccount',
    });
    expect(rightsOf(synthesis, 'auth-problem')).toEqual([]);
  });
});

function platform(name: FunctionName): Statement[] {
  return [
    {
      actions: ['logs:CreateLogStream', 'logs:PutLogEvents'],
      resource: `log group ${name}`,
      conditions: {},
    },
    { actions: ['xray:PutTraceSegments', 'xray:PutTelemetryRecords'], resource: '*', conditions: {} },
  ];
}

function items(table: string, ...actions: string[]): Statement {
  return {
    actions: actions.map((action) => `dynamodb:${action}`),
    resource: `table ${table}`,
    conditions: {},
  };
}

function attributes(table: string, ...names: string[]): Statement {
  return {
    actions: ['dynamodb:GetItem'],
    resource: `table ${table}`,
    conditions: {
      'ForAllValues:StringEquals': { 'dynamodb:Attributes': names },
      StringEquals: { 'dynamodb:Select': 'SPECIFIC_ATTRIBUTES' },
    },
  };
}

function loginKey(action: string): Statement {
  return key(action, ['login'], 'kms:EncryptionContext:loginId');
}

function accountKey(action: string, ...tokenKinds: string[]): Statement {
  return key(action, tokenKinds, 'kms:EncryptionContext:accountId');
}

function key(action: string, tokenKinds: string[], owner: string): Statement {
  return {
    actions: [`kms:${action}`],
    resource: 'key',
    conditions: {
      StringEquals: {
        'kms:EncryptionContext:service': 'gmail-offline-access',
        'kms:EncryptionContext:tokenKind': tokenKinds,
      },
      Null: { [owner]: 'false', 'kms:EncryptionContext:clientId': 'false' },
    },
  };
}

function secret(): Statement {
  return { actions: ['secretsmanager:GetSecretValue'], resource: 'secret', conditions: {} };
}

function sorted(statements: readonly Statement[]): Statement[] {
  return statements.toSorted((a, b) => JSON.stringify(a).localeCompare(JSON.stringify(b)));
}
