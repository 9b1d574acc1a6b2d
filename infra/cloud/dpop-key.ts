import { PolicyDocument } from 'aws-cdk-lib/aws-iam';
import { Key, KeySpec, KeyUsage } from 'aws-cdk-lib/aws-kms';
import { RemovalPolicy } from 'aws-cdk-lib/core';
import { Construct } from 'constructs';
import type { Grantee } from './capability.ts';
import { administration, functionRoles, may, shortestWait, type TokenKeyProps } from './token-key.ts';

/** The conditions under which proofs are signed. */
const proofs = { StringEquals: { 'kms:SigningAlgorithm': 'ECDSA_SHA_256', 'kms:MessageType': 'RAW' } };

/**
 * The key that Google binds refresh tokens to; it signs and cannot be exported. It has no alias: after the option is
 * turned off and on again, the retained key would still occupy it. Its policy lets only the functions sign, whatever
 * IAM allows. As with the token key, only the break-glass role may replicate it.
 */
export class DpopKey extends Construct {
  readonly arn: string;

  constructor(scope: Construct, id: string, props: TokenKeyProps) {
    super(scope, id);
    const { stage, removalPolicy, multiRegion, breakGlassRoleArn } = props;
    const key = new Key(this, 'Key', {
      description: `Signs for the refresh tokens that are bound to it, of gmail-offline-access (${stage})`,
      keySpec: KeySpec.ECC_NIST_P256,
      keyUsage: KeyUsage.SIGN_VERIFY,
      policy: new PolicyDocument({ statements: this.#policy(breakGlassRoleArn) }),
      removalPolicy,
      ...(removalPolicy === RemovalPolicy.DESTROY && { pendingWindow: shortestWait }),
      ...(multiRegion && { multiRegion }),
    });
    this.arn = key.keyArn;
  }

  #policy(breakGlassRoleArn: string | undefined) {
    const by = (role: string) => ({ ArnLike: { 'aws:PrincipalArn': role } });
    return [
      may('Administer', [...administration, 'kms:GetPublicKey']),
      may('Sign', ['kms:Sign'], { ...proofs, ...by(functionRoles(this)) }),
      ...(breakGlassRoleArn === undefined
        ? []
        : [may('Replicate', ['kms:ReplicateKey'], by(breakGlassRoleArn))]),
    ];
  }

  /** Lets a function sign DPoP proofs, and sets the key. */
  allowProofs(to: (reason: string) => Grantee): void {
    const signer = to('prove that the refresh token is used by this site, to whose key Google has bound it');
    signer.allow({
      actions: ['kms:Sign'],
      resources: [this.arn],
      conditions: proofs,
    });
    to('name the key in each proof').allow({ actions: ['kms:GetPublicKey'], resources: [this.arn] });
    signer.set('dpopKey', this.arn);
  }
}
