import { CfnSecret } from 'aws-cdk-lib/aws-secretsmanager';
import { type RemovalPolicy, Validations } from 'aws-cdk-lib/core';
import { Construct } from 'constructs';
import { namesOf } from '../names.ts';
import type { Grantee } from './capability.ts';

/** What may be chosen of the secret. */
export interface ClientSecretProps {
  readonly stage: string;
  readonly removalPolicy: RemovalPolicy;
}

/**
 * The secret for the `client_secret.json` that Google lets one download.
 * It is made empty, which the higher construct cannot do: a random value in its place would be taken for a
 * file that Google gave.
 */
export class ClientSecret extends Construct {
  readonly arn: string;
  readonly name: string;

  constructor(scope: Construct, id: string, props: ClientSecretProps) {
    super(scope, id);
    this.name = namesOf(props.stage).settings.clientSecretId;
    const secret = new CfnSecret(this, 'Secret', {
      name: this.name,
      description: 'The client_secret.json of the Google OAuth client, unchanged',
    });
    secret.applyRemovalPolicy(props.removalPolicy);
    Validations.of(secret).acknowledge({
      id: 'AwsSolutions-SMG4',
      reason: 'Google gives a client secret out by hand: only a person can rotate it, in its console.',
    });
    this.arn = secret.ref;
  }

  /** Lets a function read the secret, and tells it which. */
  allowRead(grantee: Grantee): void {
    grantee.allow({ actions: ['secretsmanager:GetSecretValue'], resources: [this.arn] });
    grantee.set('clientSecretId', this.arn);
  }
}
