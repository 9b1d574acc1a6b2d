import { type App, Validations } from 'aws-cdk-lib/core';
import { AwsSolutionsChecks } from 'cdk-nag';
import { readContext } from './context.ts';
import { DataStack } from './data-stack.ts';
import { ServiceStack } from './service-stack.ts';

/**
 * Adds both stacks to an app, and the checks that fail its synthesis.
 *
 * @param bundles the folder that holds one bundle a function, each in a folder of the function's name
 */
export function addStacks(app: App, bundles: string): void {
  const context = readContext(app);
  const data = new DataStack(app, 'Data', context);
  new ServiceStack(app, 'Service', { ...context, data, bundles });
  Validations.of(app).addPlugins(new AwsSolutionsChecks(app));
}
