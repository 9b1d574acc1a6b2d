import { Key, KeySpec, KeyUsage } from 'aws-cdk-lib/aws-kms';
import { Duration, RemovalPolicy } from 'aws-cdk-lib/core';
import { Construct } from 'constructs';
import type { Grantee } from './capability.ts';
import type { TokenKeyProps } from './token-key.ts';

/** KMS deletes no key sooner. */
const shortestWait = Duration.days(7);

/**
 * The key to which Google binds refresh tokens: it signs, and nobody can export it. It has no alias, which a stage would
 * find taken by the retained key of before when the option is turned off and on again.
 */
export class DpopKey extends Construct {
  readonly arn: string;

  constructor(
    scope: Construct,
    id: string,
    { stage, removalPolicy, multiRegion }: Omit<TokenKeyProps, 'breakGlassRoleArn'>,
  ) {
    super(scope, id);
    const key = new Key(this, 'Key', {
      description: `Signs for the refresh tokens that are bound to it, of gmail-offline-access (${stage})`,
      keySpec: KeySpec.ECC_NIST_P256,
      keyUsage: KeyUsage.SIGN_VERIFY,
      removalPolicy,
      ...(removalPolicy === RemovalPolicy.DESTROY && { pendingWindow: shortestWait }),
      ...(multiRegion && { multiRegion }),
    });
    this.arn = key.keyArn;
  }

  /** Lets a function sign proofs of possession, and tells it the key. */
  allowProofs(to: (reason: string) => Grantee): void {
    const signer = to('prove that the refresh token is used by this site, to whose key Google has bound it');
    signer.allow({
      actions: ['kms:Sign'],
      resources: [this.arn],
      conditions: {
        StringEquals: { 'kms:SigningAlgorithm': 'ECDSA_SHA_256', 'kms:MessageType': 'RAW' },
      },
    });
    to('name the key in each proof').allow({ actions: ['kms:GetPublicKey'], resources: [this.arn] });
    signer.setVariable('DPOP_KEY', this.arn);
  }
}
