import { type App, Validations } from 'aws-cdk-lib/core';
import { AwsSolutionsChecks } from 'cdk-nag';
import { readContextAsProps } from './context-as-props.ts';
import { GmailOfflineAccess } from './gmail-offline-access.ts';

// CDK then refuses what it calls deprecated, instead of printing a warning that nobody reads.
process.env['JSII_DEPRECATED'] ??= 'fail';

/**
 * Adds both stacks to an app, and the checks that fail its synthesis.
 *
 * @param bundles the folder that holds one bundle a function, each in a folder of the function's name
 */
export function addStacks(app: App, bundles: string): void {
  // CDK leaves this name out of the names that it makes: the stacks are `Data` and `Service`.
  new GmailOfflineAccess(app, 'Default', { ...readContextAsProps(app), bundles });
  Validations.of(app).addPlugins(new AwsSolutionsChecks(app));
}
