import { Key } from 'aws-cdk-lib/aws-kms';
import { Annotations, Duration, RemovalPolicy } from 'aws-cdk-lib/core';
import { Construct } from 'constructs';
import type { Grantee } from './capability.ts';

type AccountToken = 'refresh' | 'access';

/** The kinds of secret that the key encrypts: those of an account, or those of a pending consent. */
export type TokenKinds = ['login'] | [AccountToken, ...AccountToken[]];

/** What may be chosen of the key. */
export interface TokenKeyProps {
  readonly stage: string;
  readonly removalPolicy: RemovalPolicy;
  /** Whether it can have replicas in other regions. */
  readonly multiRegion: boolean;
}

/** KMS deletes no key sooner. */
const shortestWait = Duration.days(7);

/** Only the deployed stack knows which kind of key it has: there, CloudFormation refuses the change. */
const settledAtFirst =
  'The token key is a multi-Region key. The first deployment of a stage settles that, and nothing can change it later: ' +
  'where the stage has a key of one region already, the deployment fails, and multiRegionKey must stay off.';

/** The key that encrypts tokens and nothing else. */
export class TokenKey extends Construct {
  readonly arn: string;

  constructor(scope: Construct, id: string, props: TokenKeyProps) {
    super(scope, id);
    const { removalPolicy, multiRegion } = props;
    const key = new Key(this, 'Key', {
      description: `Encrypts the Google tokens of gmail-offline-access (${props.stage})`,
      enableKeyRotation: true,
      removalPolicy,
      ...(removalPolicy === RemovalPolicy.DESTROY && { pendingWindow: shortestWait }),
      ...(multiRegion && { multiRegion }),
    });
    key.addAlias(`alias/gmail-offline-access-${props.stage}`).applyRemovalPolicy(removalPolicy);
    if (multiRegion) Annotations.of(key).addInfo(settledAtFirst);
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
