import { type App, Validations } from 'aws-cdk-lib/core';
import { AwsSolutionsChecks } from 'cdk-nag';
import { Construct } from 'constructs';
import { DataStack } from './data-stack.ts';
import { readContext } from './deployment.ts';
import { ServiceStack } from './service-stack.ts';

// CDK then refuses what it calls deprecated, instead of printing a warning that nobody reads.
process.env['JSII_DEPRECATED'] ??= 'fail';

/**
 * Adds both stacks to an app, and the checks that fail its synthesis.
 *
 * @param bundles the folder that holds one bundle a function, each in a folder of the function's name
 */
export function addStacks(app: App, bundles: string): void {
  const deployment = readContext(app);
  // CDK leaves this name out of the names that it makes: the stacks are `Data` and `Service`.
  const scope = new Construct(app, 'Default');
  const data = new DataStack(scope, 'Data', deployment);
  new ServiceStack(scope, 'Service', { ...deployment, data, bundles });
  Validations.of(app).addPlugins(new AwsSolutionsChecks(app));
}
