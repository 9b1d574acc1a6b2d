import { CfnSecret } from 'aws-cdk-lib/aws-secretsmanager';
import { type RemovalPolicy, Validations } from 'aws-cdk-lib/core';
import { Construct } from 'constructs';
import { namesOf } from '../names.ts';
import type { Grantee } from './capability.ts';

/** Options of the secret. */
interface ClientSecretProps {
  readonly stage: string;
  readonly removalPolicy: RemovalPolicy;
}

/**
 * The secret for Google's `client_secret.json`. It is created empty, which the L2 construct cannot do: a random value
 * would be mistaken for an uploaded file.
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

  /** Lets a function read the secret, and sets its name. */
  allowRead(grantee: Grantee): void {
    grantee.allow({ actions: ['secretsmanager:GetSecretValue'], resources: [this.arn] });
    grantee.set('clientSecretId', this.arn);
  }
}
