import { AnyPrincipal, Effect, PolicyDocument, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { CfnResourcePolicy, CfnSecret } from 'aws-cdk-lib/aws-secretsmanager';
import { type RemovalPolicy, Validations } from 'aws-cdk-lib/core';
import { Construct } from 'constructs';
import { namesOf } from '../names.ts';
import type { Grantee } from './capability.ts';
import { functionRoles } from './token-key.ts';

/** Options of the key. */
interface LoginKeyProps {
  readonly stage: string;
  readonly removalPolicy: RemovalPolicy;
  /** The version of the derived key in use. */
  readonly version: number;
}

/**
 * The key that authenticates rows of the logins table. Secrets Manager generates it, so nobody has to see it, and it
 * costs less than half of a KMS key. Its policy lets only the functions read it, whatever IAM allows.
 */
export class LoginKey extends Construct {
  readonly arn: string;
  readonly #name: string;

  constructor(scope: Construct, id: string, { stage, removalPolicy, version }: LoginKeyProps) {
    super(scope, id);
    const name = namesOf(stage).settings.loginKey;
    const secret = new CfnSecret(this, 'Secret', {
      name,
      description: `Authenticates sessions and sign-ins of gmail-offline-access (${stage})`,
      // More than the 256 bits that HMAC-SHA-256 uses.
      generateSecretString: { passwordLength: 64, excludePunctuation: true },
    });
    secret.applyRemovalPolicy(removalPolicy);
    Validations.of(secret).acknowledge({
      id: 'AwsSolutions-SMG4',
      reason:
        'Another version of the key takes the place of a rotation: it ends every session, so a person decides.',
    });
    const onlyFunctions = new PolicyStatement({
      effect: Effect.DENY,
      principals: [new AnyPrincipal()],
      actions: ['secretsmanager:GetSecretValue'],
      resources: ['*'],
      conditions: { ArnNotLike: { 'aws:PrincipalArn': functionRoles(this) } },
    });
    new CfnResourcePolicy(this, 'Policy', {
      secretId: secret.ref,
      blockPublicPolicy: true,
      resourcePolicy: new PolicyDocument({ statements: [onlyFunctions] }),
    }).applyRemovalPolicy(removalPolicy);
    // Shorter than the ARN: a function has 4 KB for all its variables.
    this.#name = version === 1 ? name : `${name} ${version}`;
    this.arn = secret.ref;
  }

  /** Lets a function authenticate rows, and sets the key. Reading and writing rows needs the same right. */
  allow(grantee: Grantee): void {
    grantee.allow({ actions: ['secretsmanager:GetSecretValue'], resources: [this.arn] });
    grantee.set('loginKey', this.#name);
  }
}
