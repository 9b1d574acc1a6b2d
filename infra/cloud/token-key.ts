import { AccountRootPrincipal, PolicyDocument, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { Key, type KeyProps } from 'aws-cdk-lib/aws-kms';
import { Annotations, Duration, RemovalPolicy, Stack } from 'aws-cdk-lib/core';
import { Construct } from 'constructs';
import { namesOf } from '../names.ts';
import type { Grantee } from './capability.ts';

type AccountToken = 'refresh' | 'access';

/** The kinds of secret that the key encrypts: those of an account, or those of a pending consent. */
type TokenKinds = ['login'] | [AccountToken, ...AccountToken[]];

/** Options of the key. */
export interface TokenKeyProps {
  readonly stage: string;
  readonly removalPolicy: RemovalPolicy;
  readonly multiRegion: boolean;
  /** The only role that may decrypt besides those of the functions; it may also replicate the key. */
  readonly breakGlassRoleArn?: string | undefined;
}

/** Actions that administer the key. `CreateGrant` and `ReplicateKey` are missing, because they delegate decryption. */
export const administration = [
  'CancelKeyDeletion',
  'CreateAlias',
  'DeleteAlias',
  'DescribeKey',
  'DisableKey',
  'DisableKeyRotation',
  'EnableKey',
  'EnableKeyRotation',
  'GetKeyPolicy',
  'GetKeyRotationStatus',
  'ListGrants',
  'ListKeyPolicies',
  'ListKeyRotations',
  'ListResourceTags',
  'PutKeyPolicy',
  'RevokeGrant',
  'RotateKeyOnDemand',
  'ScheduleKeyDeletion',
  'TagResource',
  'UntagResource',
  'UpdateAlias',
  'UpdateKeyDescription',
  'UpdatePrimaryRegion',
].map((action) => `kms:${action}`);

/** CDK cannot know whether the stage already has a key of another kind. CloudFormation then refuses the deployment. */
const settledAtFirst =
  'The token key is a multi-Region key. The first deployment of a stage settles that, and nothing can change it later: ' +
  'where the stage has a key of one region already, the deployment fails, and multiRegionKey must stay off.';

/** The key that only encrypts tokens. */
export class TokenKey extends Construct {
  readonly arn: string;

  constructor(scope: Construct, id: string, props: TokenKeyProps) {
    super(scope, id);
    const { removalPolicy, multiRegion, breakGlassRoleArn } = props;
    const key = createKey(this, props, {
      description: `Encrypts the Google tokens of gmail-offline-access (${props.stage})`,
      enableKeyRotation: true,
      policy: this.#policy(breakGlassRoleArn),
    });
    key.addAlias(namesOf(props.stage).settings.tokenKey).applyRemovalPolicy(removalPolicy);
    if (multiRegion) Annotations.of(key).addInfo(settledAtFirst);
    this.arn = key.keyArn;
  }

  /**
   * The upper limit of what IAM policies of the account can allow: an action that is missing here is denied to everyone
   * ("Key policies in AWS KMS"). The functions' roles are in a stack that imports this key, so the policy matches their
   * names, which CloudFormation begins with the name of their stack. It shortens long names, so the pattern does not
   * contain the stage; each role's own policy names only the key of its stage.
   */
  #policy(breakGlassRoleArn: string | undefined): PolicyDocument {
    const functions = functionRoles(this);
    const anyContext = {
      ...whole('clientId'),
      StringEquals: contextOf(['refresh', 'access', 'login']),
      'ForAnyValue:StringEquals': { 'kms:EncryptionContextKeys': ['accountId', 'loginId'] },
    };
    const readers = breakGlassRoleArn === undefined ? functions : [functions, breakGlassRoleArn];
    const statements = [
      allowStatement('Administer', administration),
      allowStatement('Encrypt', ['kms:Encrypt'], anyContext),
      allowStatement('Decrypt', ['kms:Decrypt'], { ...anyContext, ArnLike: { 'aws:PrincipalArn': readers } }),
    ];
    if (breakGlassRoleArn !== undefined) {
      const only = { ArnEquals: { 'aws:PrincipalArn': breakGlassRoleArn } };
      statements.push(allowStatement('Replicate', ['kms:ReplicateKey'], only));
    }
    return new PolicyDocument({ statements });
  }

  /**
   * Lets a function encrypt or decrypt tokens of these kinds, and sets the key. Every use must name the whole
   * encryption context, so that no ciphertext fits another row. CDK's own grants are unconditional, and across stacks
   * they would create a dependency cycle.
   */
  allow(grantee: Grantee, action: 'Encrypt' | 'Decrypt', ...kinds: TokenKinds): void {
    const owner = kinds[0] === 'login' ? 'loginId' : 'accountId';
    grantee.allow({
      actions: [`kms:${action}`],
      resources: [this.arn],
      conditions: { StringEquals: contextOf(kinds), ...whole(owner, 'clientId') },
    });
    grantee.set('tokenKey', this.arn);
  }
}

/** A key that is retained, or deleted after KMS's shortest waiting period. */
export function createKey(
  scope: Construct,
  { removalPolicy, multiRegion }: TokenKeyProps,
  props: KeyProps,
): Key {
  return new Key(scope, 'Key', {
    ...props,
    removalPolicy,
    ...(removalPolicy === RemovalPolicy.DESTROY && { pendingWindow: Duration.days(7) }),
    ...(multiRegion && { multiRegion }),
  });
}

/** The pattern of the functions' role names; see the policy of the token key. */
export function functionRoles(scope: Construct): string {
  const role = { service: 'iam', region: '', resource: 'role', resourceName: 'gmail-offline-access-*' };
  return Stack.of(scope).formatArn(role);
}

/** A statement of a key policy: what IAM policies of the account may allow. */
export function allowStatement(
  sid: string,
  actions: string[],
  conditions?: Record<string, object>,
): PolicyStatement {
  return new PolicyStatement({
    ...{ sid, actions, resources: ['*'], principals: [new AccountRootPrincipal()] },
    ...(conditions && { conditions }),
  });
}

function contextOf(kinds: readonly string[]) {
  return {
    'kms:EncryptionContext:service': 'gmail-offline-access',
    'kms:EncryptionContext:tokenKind': kinds,
  };
}

/** The condition that these keys are in the encryption context. */
function whole(...keys: string[]) {
  return { Null: Object.fromEntries(keys.map((key) => [`kms:EncryptionContext:${key}`, 'false'])) };
}
