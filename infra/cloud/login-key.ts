import { PolicyDocument } from 'aws-cdk-lib/aws-iam';
import { Key, KeySpec, KeyUsage } from 'aws-cdk-lib/aws-kms';
import { RemovalPolicy } from 'aws-cdk-lib/core';
import { Construct } from 'constructs';
import type { Grantee } from './capability.ts';
import { administration, functionRoles, may, shortestWait } from './token-key.ts';

/** What may be chosen of the key. */
export interface LoginKeyProps {
  readonly stage: string;
  readonly removalPolicy: RemovalPolicy;
  /** Which of the keys that it can make is in use. */
  readonly version: number;
}

const macs = { StringEquals: { 'kms:MacAlgorithm': 'HMAC_SHA_256' } };

/**
 * The key that authenticates the rows of the table of logins. Its policy lets only the functions make MACs, whatever IAM
 * allows, as with the token key.
 */
export class LoginKey extends Construct {
  readonly arn: string;
  readonly #name: string;

  constructor(scope: Construct, id: string, { stage, removalPolicy, version }: LoginKeyProps) {
    super(scope, id);
    // KMS rotates no HMAC keys; another version takes the place of a rotation.
    const key = new Key(this, 'Key', {
      description: `Authenticates sessions and sign-ins of gmail-offline-access (${stage})`,
      keySpec: KeySpec.HMAC_256,
      keyUsage: KeyUsage.GENERATE_VERIFY_MAC,
      policy: new PolicyDocument({
        statements: [
          may('Administer', administration),
          may('MakeMacs', ['kms:GenerateMac'], {
            ...macs,
            ArnLike: { 'aws:PrincipalArn': functionRoles(this) },
          }),
        ],
      }),
      removalPolicy,
      ...(removalPolicy === RemovalPolicy.DESTROY && { pendingWindow: shortestWait }),
    });
    const alias = `alias/gmail-offline-access-${stage}-logins`;
    key.addAlias(alias).applyRemovalPolicy(removalPolicy);
    // Shorter than the ARN: a function has 4 KB for all its variables.
    this.#name = version === 1 ? alias : `${alias} ${version}`;
    this.arn = key.keyArn;
  }

  /** Lets a function authenticate rows, which takes the same right for writing and for reading, and tells it the key. */
  allow(grantee: Grantee): void {
    grantee.allow({
      actions: ['kms:GenerateMac'],
      resources: [this.arn],
      conditions: macs,
    });
    grantee.setVariable('LOGIN_KEY', this.#name);
  }
}
