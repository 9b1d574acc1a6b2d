import { createValidatedPolicy, validateResourcePolicy } from '@cloud-copilot/iam-policy';
import { runSimulation, runUnsafeSimulation, type Simulation } from '@cloud-copilot/iam-simulate';
import * as v from 'valibot';
import type { FunctionName } from '../../infra/routes.ts';
import { type CloudTemplate, resourcesOf, type Synthesis } from './cloud.ts';
import { roleOf } from './rights.ts';

/** The account of a synthesis, once it is deployed. */
const accountId = '123456789012';
const region = 'eu-central-1';

/** An IAM policy, as JSON has it. */
export interface Policy {
  readonly Version: string;
  readonly Statement: readonly object[];
}

/** One request to AWS, as IAM sees it. */
export interface AwsRequest {
  /** Such as `kms:Decrypt`. */
  readonly action: string;
  readonly resource: string;
  /** The condition keys of the request. `aws:PrincipalArn` comes by itself. */
  readonly context?: Readonly<Record<string, string | string[]>>;
}

/** The caller of AWS and the policies that are attached to it. */
export interface Principal {
  /** Its ARN: of a role, of a user or of the account's root. */
  readonly arn: string;
  readonly policies: readonly Policy[];
}

/** Allows everything everywhere, as AWS's own `AdministratorAccess`. */
export const administratorAccess: Policy = {
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Action: '*', Resource: '*' }],
};

/** The ARN of a principal of the account, such as `role/admin`. */
export const arnIn = (name: string) => `arn:aws:iam::${accountId}:${name}`;

/** Those of the account to whom IAM allows everything, each with its name there. */
export const administrators = ['role/Admin', 'role/people/Admin', 'user/admin', 'root'].map(
  (name): [string, Principal] => [name, { arn: arnIn(name), policies: [administratorAccess] }],
);

/** The resource in the data stack of a type whose logical ID begins so, with its ARN. */
export function resourceOf({ data }: Synthesis, type: string, idPrefix: string) {
  const [id = '', resource] =
    Object.entries(resourcesOf(data, type)).find(([each]) => each.startsWith(idPrefix)) ?? [];
  return { arn: `arn:aws:${prefixes[type]}${id}`, properties: resource?.Properties ?? {} };
}

/** Whether IAM allows a request, by an evaluator of policies that is none of ours. */
export async function isAllowed(
  { arn, policies }: Principal,
  { action, resource, context = {} }: AwsRequest,
  resourcePolicy?: Policy,
): Promise<boolean> {
  const [, role] = /:role\/(?:.*\/)?([^/]+)$/.exec(arn) ?? [];
  const session = `arn:aws:sts::${accountId}:assumed-role/${role}/session`;
  const simulation: Simulation = {
    request: {
      ...{ action, principal: role === undefined ? arn : session, resource: { resource, accountId } },
      contextVariables: { ...context, 'aws:PrincipalArn': arn },
    },
    identityPolicies: policies.map((policy, n) => ({ name: `policy-${n}`, policy })),
    serviceControlPolicies: [],
    resourceControlPolicies: [],
    ...(resourcePolicy && { resourcePolicy }),
  };
  // This one looks for mistakes in policies, action and resource, but takes an encryption context for unknown.
  const checked = await runSimulation(simulation, {});
  if (checked.resultType === 'error') throw new Error(JSON.stringify(checked.errors));
  // The other one needs policies that have names.
  const named =
    resourcePolicy &&
    createValidatedPolicy(resourcePolicy, validateResourcePolicy, { name: 'resource policy' });
  return runUnsafeSimulation({ ...simulation, resourcePolicy: named }, {}) === 'Allowed';
}

/** The role of a function, named as CloudFormation names it, with its policies. */
export function functionRole(synthesis: Synthesis, name: FunctionName): Principal {
  const id = roleOf(synthesis, name);
  const { Properties: role } = synthesis.service.Resources[id] ?? { Properties: {} };
  // CloudFormation gives the name only where the template gives none; and it cuts both parts.
  if ('RoleName' in role || 'Path' in role) throw new Error(`The role of ${name} has a name of its own.`);
  const stackName = 'gmail-offline-access-prod-service'.slice(0, 24);
  const policies = Object.values(resourcesOf(synthesis.service, 'AWS::IAM::Policy'))
    .filter(({ Properties }) => v.parse(attached, Properties).Roles.some(({ Ref }) => Ref === id))
    .map(({ Properties }) => deployed(synthesis, Properties['PolicyDocument']));
  return { arn: arnIn(`role/${stackName}-${id.slice(0, 24)}-1ABCDEFGHIJK`), policies };
}

const attached = v.object({ Roles: v.array(v.object({ Ref: v.string() })) });
const policySchema = v.object({ Version: v.string(), Statement: v.array(v.looseObject({})) });

/** A policy of a template as it is when deployed: pseudo parameters, references and imports have values. */
export function deployed({ data, service }: Synthesis, document: unknown): Policy {
  return v.parse(policySchema, resolve(document));

  function resolve(value: unknown): unknown {
    if (Array.isArray(value)) return value.map(resolve);
    if (typeof value !== 'object' || value === null) return value;
    const [[name = '', of] = []] = Object.entries(value);
    if (name === 'Fn::Join') return v.parse(joined, of)[1].map(resolve).join('');
    if (name === 'Fn::ImportValue') return resolve(exportedBy(data, of));
    if (name === 'Ref') return pseudo[String(of)] ?? (isSecret(String(of)) ? arnOf(String(of)) : String(of));
    if (name === 'Fn::GetAtt') return arnOf(String(v.parse(v.array(v.string()), of)[0]));
    return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, resolve(each)]));
  }

  function arnOf(id: string): string {
    return `arn:aws:${prefixes[typeOf(id)]}${id}`;
  }

  /** A reference to one gives its ARN. */
  function isSecret(id: string): boolean {
    return typeOf(id) === 'AWS::SecretsManager::Secret';
  }

  function typeOf(id: string): string {
    return (data.Resources[id] ?? service.Resources[id])?.Type ?? '';
  }
}

const joined = v.tuple([v.literal(''), v.array(v.unknown())]);

const pseudo: Readonly<Record<string, string>> = {
  'AWS::Partition': 'aws',
  'AWS::Region': region,
  'AWS::AccountId': accountId,
};

const here = `${region}:${accountId}:`;

/** How the ARNs of resources begin, after `arn:aws:`, that roles are given rights on; the rest is of no matter here. */
const prefixes: Readonly<Record<string, string>> = {
  'AWS::KMS::Key': `kms:${here}key/`,
  'AWS::SecretsManager::Secret': `secretsmanager:${here}secret:`,
  'AWS::DynamoDB::GlobalTable': `dynamodb:${here}`,
  'AWS::SQS::Queue': `sqs:${here}`,
  'AWS::Events::EventBus': `events:${here}`,
  'AWS::Logs::LogGroup': `logs:${here}`,
};

function exportedBy(data: CloudTemplate, name: unknown): unknown {
  return Object.values(data.Outputs).find(({ Export }) => Export?.Name === name)?.Value;
}
