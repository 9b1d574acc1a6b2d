import { type App, Validations } from 'aws-cdk-lib/core';
import { AwsSolutionsChecks } from 'cdk-nag';
import { Construct } from 'constructs';
import { DataStack } from './data-stack.ts';
import { readContext } from './deployment.ts';
import { ServiceStack } from './service-stack.ts';

// CDK then fails on deprecated APIs instead of printing a warning.
process.env['JSII_DEPRECATED'] ??= 'fail';

/**
 * Adds both stacks to an app, and the checks that can fail its synthesis.
 *
 * @param bundles the folder of the bundles, each in a folder with the function's name
 */
export function addStacks(app: App, bundles: string): void {
  const deployment = readContext(app);
  // CDK omits this name from generated names: the stacks are `Data` and `Service`.
  const scope = new Construct(app, 'Default');
  const data = new DataStack(scope, 'Data', deployment);
  new ServiceStack(scope, 'Service', { ...deployment, data, bundles });
  Validations.of(app).addPlugins(new AwsSolutionsChecks(app));
}
