import { Key } from 'aws-cdk-lib/aws-kms';
import { RemovalPolicy } from 'aws-cdk-lib/core';
import { Construct } from 'constructs';
import type { Grantee } from './capability.ts';

type AccountToken = 'refresh' | 'access';

/** The kinds of secret that the key encrypts: those of an account, or those of a pending consent. */
export type TokenKinds = ['login'] | [AccountToken, ...AccountToken[]];

/** The key that encrypts tokens and nothing else, kept whatever happens to its stack. */
export class TokenKey extends Construct {
  readonly arn: string;

  constructor(scope: Construct, id: string, props: { readonly stage: string }) {
    super(scope, id);
    const key = new Key(this, 'Key', {
      description: `Encrypts the Google tokens of gmail-offline-access (${props.stage})`,
      enableKeyRotation: true,
      removalPolicy: RemovalPolicy.RETAIN,
    });
    key.addAlias(`alias/gmail-offline-access-${props.stage}`).applyRemovalPolicy(RemovalPolicy.RETAIN);
    this.arn = key.keyArn;
  }

  /** Lets a function encrypt tokens of these kinds, and tells it the key. */
  allowEncrypt(grantee: Grantee, ...kinds: TokenKinds): void {
    this.#allow(grantee, 'kms:Encrypt', kinds);
  }

  /** Lets a function decrypt tokens of these kinds, and tells it the key. */
  allowDecrypt(grantee: Grantee, ...kinds: TokenKinds): void {
    this.#allow(grantee, 'kms:Decrypt', kinds);
  }

  /**
   * Every use must name the whole encryption context, so that no ciphertext is made that fits another row.
   * CDK's own grants are unconditional, and across stacks they would make a dependency cycle.
   */
  #allow(grantee: Grantee, action: string, kinds: TokenKinds): void {
    const owner = kinds[0] === 'login' ? 'loginId' : 'accountId';
    grantee.allow({
      actions: [action],
      resources: [this.arn],
      conditions: {
        StringEquals: {
          'kms:EncryptionContext:service': 'gmail-offline-access',
          'kms:EncryptionContext:tokenKind': kinds,
        },
        Null: {
          [`kms:EncryptionContext:${owner}`]: 'false',
          'kms:EncryptionContext:clientId': 'false',
        },
      },
    });
    grantee.setVariable('TOKEN_KEY', this.arn);
  }
}
