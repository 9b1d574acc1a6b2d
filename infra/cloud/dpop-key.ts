import { PolicyDocument } from 'aws-cdk-lib/aws-iam';
import { KeySpec, KeyUsage } from 'aws-cdk-lib/aws-kms';
import { Construct } from 'constructs';
import type { Grantee } from './capability.ts';
import { administration, allowStatement, createKey, functionRoles, type TokenKeyProps } from './token-key.ts';

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
    this.arn = createKey(this, props, {
      description: `Signs for the refresh tokens that are bound to it, of gmail-offline-access (${props.stage})`,
      keySpec: KeySpec.ECC_NIST_P256,
      keyUsage: KeyUsage.SIGN_VERIFY,
      policy: new PolicyDocument({ statements: this.#statements(props.breakGlassRoleArn) }),
    }).keyArn;
  }

  #statements(breakGlassRoleArn: string | undefined) {
    const by = (role: string) => ({ ArnLike: { 'aws:PrincipalArn': role } });
    return [
      allowStatement('Administer', [...administration, 'kms:GetPublicKey']),
      allowStatement('Sign', ['kms:Sign'], { ...proofs, ...by(functionRoles(this)) }),
      ...(breakGlassRoleArn === undefined
        ? []
        : [allowStatement('Replicate', ['kms:ReplicateKey'], by(breakGlassRoleArn))]),
    ];
  }

  /** Lets a function sign DPoP proofs, and sets the key. */
  allowProofs(to: (reason: string) => Grantee): void {
    const resources = [this.arn];
    const signer = to('prove possession of the key that Google has bound the refresh token to');
    signer.allow({ actions: ['kms:Sign'], resources, conditions: proofs });
    to('name the key in each proof').allow({ actions: ['kms:GetPublicKey'], resources });
    signer.set('dpopKey', this.arn);
  }
}
