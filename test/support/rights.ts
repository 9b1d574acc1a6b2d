import * as v from 'valibot';
import type { AwsService } from '../../infra/local/aws/aws-call.ts';
import type { FunctionName } from '../../infra/routes.ts';
import { type TableName, tables } from '../../infra/tables.ts';
import { type CloudTemplate, resourcesOf, type Synthesis } from './cloud.ts';

/** What Lambda may do to take a function's messages from the queue in its name: rights that stand together. */
const eventSource = ['sqs:ReceiveMessage', 'sqs:DeleteMessage', 'sqs:GetQueueAttributes'];

/** One statement of a function's role, with resources by the names people use. */
export interface Statement {
  readonly actions: readonly string[];
  /**
   * `table logins`, `index logins/byAccount`, `key`, `login key`, `secret`, `queue`, `bus`, `log group <name>`, or `*`.
   */
  readonly resource: string;
  readonly conditions: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
}

/** One thing that a function's own code may ask of AWS. */
export interface Right {
  readonly service: AwsService;
  /** Such as `GetItem`. */
  readonly action: string;
  readonly kind: 'table' | 'index' | 'key' | 'login key' | 'secret' | 'queue' | 'bus';
  /** Of a table or an index: the table, by its name in `infra/tables.ts`. */
  readonly table?: TableName;
  /** Of an index: its name. */
  readonly index?: string;
  /** Of a key: the `tokenKind` of the encryption context. */
  readonly tokenKind?: string;
  /** How the keys of the items begin (or, after an asterisk, end), where not all items are meant. */
  readonly keys?: string;
  /** The attributes that may be read, where not all may. */
  readonly attributes?: readonly string[];
}

const texts = v.pipe(
  v.union([v.string(), v.array(v.string())]),
  v.transform((value) => (typeof value === 'string' ? [value] : value)),
);

const policySchema = v.object({
  Roles: v.array(v.object({ Ref: v.string() })),
  PolicyDocument: v.object({
    Statement: v.array(
      v.strictObject({
        Effect: v.literal('Allow'),
        Action: texts,
        Resource: v.unknown(),
        Condition: v.optional(v.record(v.string(), v.record(v.string(), v.unknown())), {}),
      }),
    ),
  }),
});

const functionSchema = v.object({
  LoggingConfig: v.object({ LogGroup: v.object({ Ref: v.string() }) }),
  Role: v.object({ 'Fn::GetAtt': v.tuple([v.string(), v.literal('Arn')]) }),
});

const tableSchema = v.object({ TableName: v.string() });
const secretSchema = v.object({ Name: v.string() });
const queueSchema = v.object({ QueueName: v.string() });
const logGroupSchema = v.object({ LogGroupName: v.string() });

const reference = v.union([
  v.pipe(
    v.strictObject({ Ref: v.string() }),
    v.transform((value) => value.Ref),
  ),
  v.pipe(
    v.strictObject({ 'Fn::GetAtt': v.tuple([v.string(), v.literal('Arn')]) }),
    v.transform((value) => value['Fn::GetAtt'][0]),
  ),
]);

const imported = v.strictObject({ 'Fn::ImportValue': v.string() });
const joined = v.strictObject({ 'Fn::Join': v.tuple([v.literal(''), v.tuple([imported, v.string()])]) });

/** The logical ID and the properties of a deployed function. */
export function functionOf({ service }: Synthesis, name: FunctionName) {
  for (const [id, { Properties }] of Object.entries(resourcesOf(service, 'AWS::Lambda::Function'))) {
    const logGroup = v.parse(functionSchema, Properties).LoggingConfig.LogGroup.Ref;
    if (nameOf(service, logGroup) === `log group ${name}`) return { id, properties: Properties };
  }
  throw new Error(`No function of the template logs as ${name}.`);
}

/** The logical ID of a function's role. */
export function roleOf(synthesis: Synthesis, name: FunctionName): string {
  return v.parse(functionSchema, functionOf(synthesis, name).properties).Role['Fn::GetAtt'][0];
}

/** Every statement of a function's role, in the template's order; a Deny or a NotAction is an error. */
export function statementsOf(synthesis: Synthesis, name: FunctionName): Statement[] {
  const role = roleOf(synthesis, name);
  return Object.values(resourcesOf(synthesis.service, 'AWS::IAM::Policy'))
    .map(({ Properties }) => v.parse(policySchema, Properties))
    .filter(({ Roles }) => Roles.some(({ Ref }) => Ref === role))
    .flatMap(({ PolicyDocument }) => PolicyDocument.Statement)
    .map(({ Action, Resource, Condition }) => ({
      actions: Action,
      resource: describeResource(synthesis, Resource),
      conditions: Condition,
    }));
}

/**
 * What a function's own code may ask of AWS: one right for each action, resource and kind of token. What the
 * platform does in the function's name is not among them: writing its log and its traces, taking its messages
 * from the queue.
 */
export function rightsOf(synthesis: Synthesis, name: FunctionName): Right[] {
  const statements = statementsOf(synthesis, name).filter(
    ({ actions }) => actions.join() !== eventSource.join(),
  );
  return statements.flatMap(({ actions, resource, conditions }) =>
    actions.flatMap((action) => {
      const [prefix = '', operation = ''] = action.split(':');
      if (prefix === 'logs' || prefix === 'xray') return [];
      const service = services[prefix];
      if (service === undefined) throw new Error(`No right on ${prefix} is known.`);
      const right: Right = { service, action: operation, ...parseResource(resource) };
      const attributes = list(conditions, 'ForAllValues:StringEquals', 'dynamodb:Attributes');
      if (attributes !== undefined) return [{ ...right, attributes }];
      const keys = list(conditions, 'ForAllValues:StringLike', 'dynamodb:LeadingKeys');
      if (keys !== undefined) return keys.map((pattern) => ({ ...right, keys: pattern.replace(/\*$/, '') }));
      const tokenKinds = list(conditions, 'StringEquals', 'kms:EncryptionContext:tokenKind');
      return tokenKinds === undefined ? [right] : tokenKinds.map((tokenKind) => ({ ...right, tokenKind }));
    }),
  );
}

/** The services by the prefixes of their actions. */
const services: Readonly<Record<string, AwsService>> = {
  dynamodb: 'dynamodb',
  kms: 'kms',
  secretsmanager: 'secretsmanager',
  sqs: 'sqs',
  events: 'eventbridge',
};

function list(conditions: Statement['conditions'], operator: string, key: string): string[] | undefined {
  const value = conditions[operator]?.[key];
  return value === undefined ? undefined : v.parse(texts, value);
}

function parseResource(resource: string): Pick<Right, 'kind' | 'table' | 'index'> {
  const kinds = ['key', 'login key', 'secret', 'queue', 'bus'] as const;
  const only = kinds.find((kind) => kind === resource);
  if (only !== undefined) return { kind: only };
  const [, kind, table, index] = /^(table|index) (\w+)(?:\/(\w+))?$/.exec(resource) ?? [];
  const known = Object.keys(tables).find((name): name is TableName => name === table);
  if (known !== undefined && kind === 'table') return { kind, table: known };
  if (known !== undefined && kind === 'index' && index !== undefined) return { kind, table: known, index };
  throw new Error(`No right on ${resource} is known.`);
}

function describeResource(synthesis: Synthesis, resource: unknown): string {
  if (resource === '*') return resource;
  if (v.is(imported, resource)) return describeExport(synthesis.data, resource['Fn::ImportValue']);
  if (v.is(joined, resource)) {
    const [exported, rest] = resource['Fn::Join'][1];
    const table = describeExport(synthesis.data, exported['Fn::ImportValue']).replace('table ', 'index ');
    return table + rest.replace('/index/', '/');
  }
  return nameOf(synthesis.service, v.parse(reference, resource));
}

function describeExport(data: CloudTemplate, exportName: string): string {
  const output = Object.values(data.Outputs).find(({ Export }) => Export?.Name === exportName);
  return nameOf(data, v.parse(reference, output?.Value));
}

function nameOf(template: CloudTemplate, id: string): string {
  const { Type, Properties } = template.Resources[id] ?? {};
  if (Type === 'AWS::DynamoDB::GlobalTable') {
    return `table ${lastPart(v.parse(tableSchema, Properties).TableName, '-')}`;
  }
  if (Type === 'AWS::Logs::LogGroup') {
    return `log group ${lastPart(v.parse(logGroupSchema, Properties).LogGroupName, '/')}`;
  }
  if (Type === 'AWS::SQS::Queue') {
    return lastPart(v.parse(queueSchema, Properties).QueueName, '-') === 'sync.fifo'
      ? 'queue'
      : 'dead letters';
  }
  if (Type === 'AWS::Events::EventBus') return 'bus';
  if (Type === 'AWS::KMS::Key') return 'key';
  if (Type === 'AWS::SecretsManager::Secret') {
    return lastPart(v.parse(secretSchema, Properties).Name, '/') === 'login-key' ? 'login key' : 'secret';
  }
  throw new Error(`No right on ${id} (${Type}) is known.`);
}

function lastPart(name: string, separator: string): string {
  return name.slice(name.lastIndexOf(separator) + 1);
}
