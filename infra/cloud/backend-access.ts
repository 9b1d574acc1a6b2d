import { type IManagedPolicy, ManagedPolicy, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { Stack, Validations } from 'aws-cdk-lib/core';
import { Construct } from 'constructs';
import * as v from 'valibot';

/**
 * The policy that a team attaches to the roles of its backends: it allows the routes that are theirs, and nothing else.
 * Its name is left to CloudFormation, since names of policies are the account's, and a stage may stand in two regions.
 */
export class BackendAccess extends Construct {
  readonly policy: IManagedPolicy;

  /** @param props.routeArns what `execute-api:Invoke` knows each route by */
  constructor(
    scope: Construct,
    id: string,
    props: { readonly stage: string; readonly routeArns: readonly string[] },
  ) {
    super(scope, id);
    const { stage, routeArns } = props;
    const policy = new ManagedPolicy(this, 'Policy', {
      description: `Calls the backend routes of gmail-offline-access (${stage})`,
      statements: [new PolicyStatement({ actions: ['execute-api:Invoke'], resources: [...routeArns] })],
    });
    for (const arn of routeArns.filter((each) => each.endsWith('*') || each.includes('/*/'))) {
      Validations.of(policy).acknowledge({
        id: `AwsSolutions-IAM5[Resource::${writtenOut(Stack.of(this).resolve(arn))}]`,
        reason: 'An asterisk stands for a variable of a path: a backend sees every account of its stage.',
      });
    }
    this.policy = policy;
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

/** A resource as the checks write it. */
function writtenOut(resource: unknown): string {
  return v.parse(joined, resource)['Fn::Join'][1].join('');
}
