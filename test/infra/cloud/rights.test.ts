import * as v from 'valibot';
import { describe, expect, it } from 'vitest';
import { deployedRoutes, type FunctionName, functionNames } from '../../../infra/routes.ts';
import { resourcesOf, synthesise } from '../../support/cloud.ts';
import { rightsOf, roleOf, type Statement, statementsOf } from '../../support/rights.ts';

const synthesis = synthesise();

/** What the sweep sees of every grant. */
const swept = [
  'accountId',
  'generation',
  'status',
  'statusSince',
  'connectedAt',
  'grantExpiresAt',
  'announcedExpiry',
];

/** What a person may see of a grant, and what a backend may. */
const shown = ['accountId', 'generation', 'status', 'email', 'scopes', 'connectedAt', 'grantExpiresAt'];
const account = [...shown, 'owner'];

/** Each role's rights in full, beside those of the platform. */
const rights: Record<FunctionName, Statement[]> = {
  'auth-url': [
    sessions('GetItem'),
    pendingConsents('PutItem'),
    attributes('GetItem', 'grants', 'accountId', 'status'),
    rowMac(),
    loginKey('Encrypt'),
  ],
  'auth-callback': [
    sessions('GetItem', 'PutItem', 'DeleteItem'),
    pendingConsents('GetItem'),
    rowMac(),
    pendingConsents('UpdateItem'),
    connectLinks('PutItem', 'UpdateItem'),
    handoffs('PutItem'),
    refusedCodes('GetItem', 'PutItem'),
    items('grants', 'GetItem', 'PutItem', 'UpdateItem'),
    index('grants', 'byEmail'),
    items('mailboxes', 'GetItem', 'PutItem', 'UpdateItem'),
    send(),
    loginKey('Decrypt'),
    accountKey('Encrypt', 'refresh', 'access'),
    secret(),
  ],
  'auth-problem': [],
  'auth-session': [handoffs('DeleteItem'), rowMac(), sessions('PutItem'), grantSummary()],
  'auth-code': [
    sessions('PutItem'),
    rowMac(),
    pendingConsents('UpdateItem'),
    items('grants', 'GetItem', 'PutItem', 'UpdateItem'),
    index('grants', 'byEmail'),
    items('mailboxes', 'GetItem', 'PutItem', 'UpdateItem'),
    send(),
    accountKey('Encrypt', 'refresh', 'access'),
    secret(),
  ],
  'auth-logout': [sessions('DeleteItem')],
  'connect-link-create': [connectLinks('PutItem'), rowMac()],
  'connect-link': [
    connectLinks('GetItem', 'UpdateItem'),
    pendingConsents('PutItem'),
    rowMac(),
    loginKey('Encrypt'),
  ],
  'accounts-list': [
    attributes('Scan', 'grants', ...account),
    attributes('GetItem', 'grants', ...account),
    index('grants', 'byOwner'),
    index('grants', 'byEmail'),
    attributes('BatchGetItem', 'grants', 'accountId', 'grantExpiresAt'),
    items('mailboxes', 'GetItem'),
    failedMessages('Query'),
  ],
  'access-token': grantsInUse(),
  'messages-list': [...liveCalls(), items('messages', 'BatchGetItem')],
  'message-get': liveCalls(),
  'labels-list': [...liveCalls(), copiedLabels('Query')],
  'mailbox-status': [...callers(), grantSummary(), items('mailboxes', 'GetItem'), failedMessages('Query')],
  'mailbox-disconnect': [
    sessions('GetItem', 'DeleteItem'),
    rowMac(),
    index('logins', 'byAccount'),
    items('grants', 'GetItem', 'UpdateItem', 'DeleteItem'),
    accountKey('Decrypt', 'refresh'),
    send(),
  ],
  'copy-list': [
    ...callers(),
    accountSummary(),
    index('messages', 'byDate'),
    items('messages', 'BatchGetItem'),
  ],
  'sync-request': [...callers(), accountSummary(), items('mailboxes', 'GetItem', 'UpdateItem')],
  'changes-list': [
    ...callers(),
    accountSummary(),
    feeds(['account#*', 'all#*', 'owner#*'], 'Query'),
    items('messages', 'BatchGetItem'),
  ],
  'changes-publish': [
    feeds(['all#*'], 'Query'),
    feeds(['published*'], 'GetItem', 'UpdateItem'),
    { actions: ['events:PutEvents'], resource: 'bus', conditions: {} },
  ],
  'sync-dispatch': [
    items('mailboxes', 'UpdateItem'),
    index('mailboxes', 'due'),
    usage(['day#*', 'last-ticks*', 'slow-down*'], 'GetItem'),
    usage(['tick#*', 'last-ticks*'], 'PutItem'),
    usage(['day#*'], 'UpdateItem'),
    send(),
    { actions: ['sqs:GetQueueAttributes'], resource: 'queue', conditions: {} },
  ],
  'sync-mailbox': [
    ...grantsInUse(),
    index('grants', 'byEmail'),
    items('mailboxes', 'GetItem', 'UpdateItem', 'DeleteItem'),
    items('messages', 'BatchGetItem', 'BatchWriteItem', 'PutItem', 'UpdateItem', 'Query'),
    index('messages', 'byDate'),
    feeds(['account#*'], 'Query'),
    feeds(['account#*', 'all#*', 'owner#*'], 'BatchWriteItem'),
    feeds(['erased#*'], 'PutItem'),
    usage(['slow-down*'], 'UpdateItem'),
    usage(['live#*'], 'GetItem'),
    send(),
    {
      actions: ['sqs:ReceiveMessage', 'sqs:DeleteMessage', 'sqs:GetQueueAttributes'],
      resource: 'queue',
      conditions: {},
    },
  ],
  'sync-sweep': [
    attributes('Scan', 'grants', ...swept),
    attributes(
      'GetItem',
      'grants',
      ...['accountId', 'generation', 'status', 'statusSince', 'owner', 'clientId', 'refreshToken'],
    ),
    items('grants', 'DeleteItem'),
    sessions('DeleteItem'),
    index('logins', 'byAccount'),
    accountKey('Decrypt', 'refresh'),
    attributes('Scan', 'mailboxes', 'accountId', 'generation', 'phase', 'failed'),
    attributes('BatchGetItem', 'grants', ...swept),
    attributes('BatchGetItem', 'mailboxes', 'accountId', 'generation'),
    usage(['sweep*'], 'GetItem', 'PutItem', 'DeleteItem'),
    items('mailboxes', 'GetItem', 'PutItem', 'UpdateItem'),
    send(),
  ],
  page: [sessions('GetItem'), rowMac(), grantSummary()],
  'api-description': [],
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

it('gives no two functions the same role, and has no role beside theirs but one for each schedule', () => {
  const scheduled = Object.values(resourcesOf(synthesis.service, 'AWS::Scheduler::Schedule')).map(
    ({ Properties }) => v.parse(scheduleSchema, Properties).Target.RoleArn['Fn::GetAtt'][0],
  );
  const roles = [...functionNames.map((name) => roleOf(synthesis, name)), ...scheduled];
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
      { service: 'dynamodb', action: 'GetItem', kind: 'table', table: 'logins', keys: 'session#' },
      { service: 'dynamodb', action: 'PutItem', kind: 'table', table: 'logins', keys: 'state#' },
      { service: 'secretsmanager', action: 'GetSecretValue', kind: 'login key' },
      {
        service: 'dynamodb',
        action: 'GetItem',
        kind: 'table',
        table: 'grants',
        attributes: ['accountId', 'status'],
      },
      { service: 'kms', action: 'Encrypt', kind: 'key', tokenKind: 'login' },
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

  it('names the bus, and each kind of key by itself', () => {
    expect(rightsOf(synthesis, 'changes-publish')).toEqual([
      { service: 'dynamodb', action: 'Query', kind: 'table', table: 'changes', keys: 'all#' },
      { service: 'dynamodb', action: 'GetItem', kind: 'table', table: 'changes', keys: 'published' },
      { service: 'dynamodb', action: 'UpdateItem', kind: 'table', table: 'changes', keys: 'published' },
      { service: 'eventbridge', action: 'PutEvents', kind: 'bus' },
    ]);
  });

  it('leaves out what the platform does in the function’s name', () => {
    const onQueue = rightsOf(synthesis, 'sync-mailbox').filter(({ kind }) => kind === 'queue');
    expect(onQueue).toEqual([{ service: 'sqs', action: 'SendMessage', kind: 'queue' }]);
  });

  it('names what a function itself asks of the queue', () => {
    const onQueue = rightsOf(synthesis, 'sync-dispatch').filter(({ kind }) => kind === 'queue');
    expect(onQueue.map(({ action }) => action)).toEqual(['SendMessage', 'GetQueueAttributes']);
  });
});

const traces: Statement = {
  actions: ['xray:PutTraceSegments', 'xray:PutTelemetryRecords'],
  resource: '*',
  conditions: {},
};

function platform(name: FunctionName): Statement[] {
  return [
    {
      actions: ['logs:CreateLogStream', 'logs:PutLogEvents'],
      resource: `log group ${name}`,
      conditions: {},
    },
    ...(deployedRoutes[name].length > 0 ? [traces] : []),
  ];
}

function items(table: string, ...actions: string[]): Statement {
  return {
    actions: actions.map((action) => `dynamodb:${action}`),
    resource: `table ${table}`,
    conditions: {},
  };
}

function sessions(...actions: string[]): Statement {
  return under('session#*', actions);
}

/** What it takes to know who is calling by a session. */
function callers(): Statement[] {
  return [sessions('GetItem', 'UpdateItem'), rowMac()];
}

/** To take no row of the table of logins that this site did not write. */
function rowMac(): Statement {
  return { actions: ['secretsmanager:GetSecretValue'], resource: 'login key', conditions: {} };
}

function pendingConsents(...actions: string[]): Statement {
  return under('state#*', actions);
}

function connectLinks(...actions: string[]): Statement {
  return under('link#*', actions);
}

function handoffs(...actions: string[]): Statement {
  return under('handoff#*', actions);
}

function refusedCodes(...actions: string[]): Statement {
  return under('refused#*', actions);
}

function under(keys: string, actions: string[]): Statement {
  return { ...items('logins', ...actions), conditions: leadingKeys([keys]) };
}

function feeds(keys: string[], ...actions: string[]): Statement {
  return { ...items('changes', ...actions), conditions: leadingKeys(keys) };
}

function usage(keys: string[], ...actions: string[]): Statement {
  return { ...items('usage', ...actions), conditions: leadingKeys(keys) };
}

/** Of the table of messages only what could not be copied. */
function failedMessages(...actions: string[]): Statement {
  return { ...items('messages', ...actions), conditions: leadingKeys(['*#failed']) };
}

/** Of the table of messages only the names of labels. */
function copiedLabels(...actions: string[]): Statement {
  return { ...items('messages', ...actions), conditions: leadingKeys(['*#labels']) };
}

function leadingKeys(keys: string[]): Statement['conditions'] {
  return {
    'ForAllValues:StringLike': { 'dynamodb:LeadingKeys': keys },
    Null: { 'dynamodb:LeadingKeys': 'false' },
  };
}

/** What it takes to read Gmail for a caller who waits. */
function liveCalls(): Statement[] {
  return [
    ...callers(),
    ...grantsInUse(),
    usage(['live#*'], 'UpdateItem'),
    attributes('GetItem', 'mailboxes', 'accountId', 'generation', 'spends'),
  ];
}

/** What it takes to use grants: to read them, and to renew and keep their access tokens. */
function grantsInUse(): Statement[] {
  return [
    items('grants', 'GetItem', 'UpdateItem'),
    accountKey('Decrypt', 'refresh', 'access'),
    accountKey('Encrypt', 'access'),
    secret(),
  ];
}

function index(table: string, name: string): Statement {
  return { actions: ['dynamodb:Query'], resource: `index ${table}/${name}`, conditions: {} };
}

function grantSummary(): Statement {
  return attributes('GetItem', 'grants', ...shown);
}

function accountSummary(): Statement {
  return attributes('GetItem', 'grants', 'accountId', 'generation', 'owner', 'status');
}

function send(): Statement {
  return { actions: ['sqs:SendMessage'], resource: 'queue', conditions: {} };
}

function attributes(action: string, table: string, ...names: string[]): Statement {
  return {
    actions: [`dynamodb:${action}`],
    resource: `table ${table}`,
    conditions: {
      'ForAllValues:StringEquals': { 'dynamodb:Attributes': names },
      StringEqualsIfExists: { 'dynamodb:Select': 'SPECIFIC_ATTRIBUTES' },
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

const scheduleSchema = v.object({
  Target: v.object({ RoleArn: v.object({ 'Fn::GetAtt': v.tuple([v.string(), v.literal('Arn')]) }) }),
});

function sorted(statements: readonly Statement[]): Statement[] {
  return statements.toSorted((a, b) => JSON.stringify(a).localeCompare(JSON.stringify(b)));
}
