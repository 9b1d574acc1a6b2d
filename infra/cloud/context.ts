import type { Construct } from 'constructs';
import { readConfig } from '../../lambdas/config.ts';

/** What the deployer may choose, as `cdk deploy --context name=value`. */
export interface DeploymentContext {
  /** Stands in every fixed name, so that several deployments can share one account. */
  readonly stage: string;
  /** The scopes a consent asks for, separated by spaces; left out, the functions use their own default. */
  readonly scopes?: string;
}

/**
 * Reads the deployer's choices from the CDK context.
 *
 * @throws Error when `stage` cannot be part of the fixed names.
 * @throws ConfigError when `scopes` is a list that the functions would refuse.
 */
export function readContext(scope: Construct): DeploymentContext {
  const stage: unknown = scope.node.tryGetContext('stage') ?? 'prod';
  if (typeof stage !== 'string' || !/^[a-z0-9-]{1,20}$/.test(stage)) {
    throw new Error('The context value "stage" must be 1 to 20 lower-case letters, digits or hyphens.');
  }
  const scopes: unknown = scope.node.tryGetContext('scopes');
  if (scopes === undefined) return { stage };
  if (typeof scopes !== 'string') throw new Error('The context value "scopes" must be text.');
  readConfig({ SCOPES: scopes }, 'scopes');
  return { stage, scopes };
}
