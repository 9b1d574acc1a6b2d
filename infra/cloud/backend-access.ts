import { type IManagedPolicy, ManagedPolicy, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { Stack, Validations } from 'aws-cdk-lib/core';
import { Construct } from 'constructs';
import * as v from 'valibot';
import { isBackendRoute } from '../../lambdas/http/backend-route.ts';
import { type FunctionName, functionNames, routes } from '../routes.ts';

/** The purposes for which a backend can be authorized, each with its own policy. */
export type BackendPurpose = 'read' | 'invite' | 'disconnect' | 'accessTokens';

/** The functions with backend routes. */
type BackendFunction = {
  [Name in FunctionName]: Extract<
    (typeof routes)[Name][number],
    `${string} /${'accounts' | 'changes'}${string}`
  > extends never
    ? never
    : Name;
}[FunctionName];

/** The purpose of each function. A function has one purpose, so every route has exactly one policy. */
const purposes: Readonly<Record<BackendFunction, BackendPurpose>> = {
  'auth-code': 'invite',
  'connect-link-create': 'invite',
  'accounts-list': 'read',
  'access-token': 'accessTokens',
  'messages-list': 'read',
  'message-get': 'read',
  'labels-list': 'read',
  'mailbox-disconnect': 'disconnect',
  'copy-list': 'read',
  'sync-request': 'read',
  'changes-list': 'read',
};

/** The description of each policy. Changing one would replace the policy. */
const descriptions: Readonly<Record<BackendPurpose, string>> = {
  read: 'Reads accounts, mail and changes, and asks for syncs, at',
  invite: 'Makes connect links and brings one-time codes to',
  disconnect: 'Disconnects accounts of',
  accessTokens: 'Takes access tokens from',
};

/**
 * The policies that a team attaches to the roles of its backends: one for each purpose, and one for all. CloudFormation
 * names them, because policy names are unique in the account and a stage may exist in two regions.
 */
export class BackendAccess extends Construct {
  /** Allows all backend routes. */
  readonly policy: IManagedPolicy;
  readonly policies: Readonly<Record<BackendPurpose, IManagedPolicy>>;

  /** @param props.arnOf the `execute-api:Invoke` resource of a route */
  constructor(
    scope: Construct,
    id: string,
    props: { readonly stage: string; readonly arnOf: (route: string) => string },
  ) {
    super(scope, id);
    const { stage, arnOf } = props;
    const add = (name: string, does: string, included: readonly FunctionName[]) => {
      const arns = included.flatMap((each) => routes[each].filter(isBackendRoute).map(arnOf));
      return this.#add(name, `${does} gmail-offline-access (${stage})`, arns);
    };
    const functions = Object.keys(purposes) as BackendFunction[];
    const forPurpose = (purpose: BackendPurpose) => {
      const included = functions.filter((name) => purposes[name] === purpose);
      return add(purpose.charAt(0).toUpperCase() + purpose.slice(1), descriptions[purpose], included);
    };
    this.policy = add('Policy', 'Calls the backend routes of', functionNames);
    this.policies = {
      read: forPurpose('read'),
      invite: forPurpose('invite'),
      disconnect: forPurpose('disconnect'),
      accessTokens: forPurpose('accessTokens'),
    };
  }

  #add(name: string, description: string, routeArns: readonly string[]): ManagedPolicy {
    const policy = new ManagedPolicy(this, name, {
      description,
      statements: [new PolicyStatement({ actions: ['execute-api:Invoke'], resources: [...routeArns] })],
    });
    for (const arn of routeArns.filter((each) => each.endsWith('*') || each.includes('/*/'))) {
      Validations.of(policy).acknowledge({
        id: `AwsSolutions-IAM5[Resource::${writtenOut(Stack.of(this).resolve(arn))}]`,
        reason: 'The wildcard replaces a path parameter: a backend sees every account of its stage.',
      });
    }
    return policy;
  }
}

const part = v.union([
  v.string(),
  v.pipe(
    v.strictObject({ Ref: v.string() }),
    v.transform(({ Ref }) => `<${Ref}>`),
  ),
]);
const joined = v.strictObject({ 'Fn::Join': v.tuple([v.literal(''), v.array(part)]) });

/** A resource in the form that the checks compare. */
function writtenOut(resource: unknown): string {
  return v.parse(joined, resource)['Fn::Join'][1].join('');
}
