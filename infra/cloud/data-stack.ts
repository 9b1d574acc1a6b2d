import { type Environment, RemovalPolicy, Stack } from 'aws-cdk-lib/core';
import type { Construct } from 'constructs';
import { ClientSecret } from './client-secret.ts';
import type { Deployment } from './deployment.ts';
import { DpopKey } from './dpop-key.ts';
import { LoginKey } from './login-key.ts';
import { RetainedTable } from './retained-table.ts';
import { TokenKey } from './token-key.ts';

/** Options of the data stack; the defaults keep the data. */
interface DataStackProps
  extends Pick<Deployment, 'stage'>,
    Partial<
      Pick<Deployment, 'loginKeyVersion' | 'multiRegionKey' | 'dpop' | 'removalPolicy' | 'breakGlassRoleArn'>
    > {
  readonly env?: Environment;
}

/** Everything that must outlive a deployment: the tables, the keys and the client secret. */
export class DataStack extends Stack {
  readonly logins: RetainedTable<'logins'>;
  readonly grants: RetainedTable<'grants'>;
  readonly mailboxes: RetainedTable<'mailboxes'>;
  readonly messages: RetainedTable<'messages'>;
  readonly changes: RetainedTable<'changes'>;
  readonly usage: RetainedTable<'usage'>;
  readonly tables: readonly Pick<RetainedTable, 'arn' | 'name'>[];
  readonly tokenKey: TokenKey;
  readonly loginKey: LoginKey;
  /** Defined if refresh tokens are bound to a key. */
  readonly dpopKey: DpopKey | undefined;
  readonly clientSecret: ClientSecret;

  constructor(scope: Construct, id: string, props: DataStackProps) {
    const { stage, env, dpop = 'off', removalPolicy = RemovalPolicy.RETAIN } = props;
    const retained = removalPolicy === RemovalPolicy.RETAIN;
    super(scope, id, {
      ...(env !== undefined && { env }),
      stackName: `gmail-offline-access-${stage}-data`,
      description: `gmail-offline-access: tables, token key and client secret, all ${retained ? 'retained' : 'deleted with the stack'}`,
      terminationProtection: retained,
    });
    const kept = { stage, removalPolicy };
    this.logins = new RetainedTable(this, 'Logins', { ...kept, table: 'logins' });
    this.grants = new RetainedTable(this, 'Grants', { ...kept, table: 'grants' });
    this.mailboxes = new RetainedTable(this, 'Mailboxes', { ...kept, table: 'mailboxes' });
    this.messages = new RetainedTable(this, 'Messages', { ...kept, table: 'messages' });
    this.changes = new RetainedTable(this, 'Changes', { ...kept, table: 'changes' });
    this.usage = new RetainedTable(this, 'Usage', { ...kept, table: 'usage' });
    this.tables = [this.logins, this.grants, this.mailboxes, this.messages, this.changes, this.usage];
    const { multiRegionKey, breakGlassRoleArn } = props;
    const keys = { ...kept, multiRegion: multiRegionKey === 'on', breakGlassRoleArn };
    this.tokenKey = new TokenKey(this, 'TokenKey', keys);
    this.loginKey = new LoginKey(this, 'LoginKey', { ...kept, version: props.loginKeyVersion ?? 1 });
    this.dpopKey = dpop === 'on' ? new DpopKey(this, 'DpopKey', keys) : undefined;
    this.clientSecret = new ClientSecret(this, 'ClientSecret', kept);
    // CDK removes an automatic export together with its last reader, while the deployed reader still imports it, and
    // CloudFormation then refuses the deployment.
    for (const { arn, name } of this.tables) for (const value of [arn, name]) this.exportValue(value);
    for (const { arn } of [this.tokenKey, this.loginKey, this.clientSecret]) this.exportValue(arn);
    if (this.dpopKey !== undefined) this.exportValue(this.dpopKey.arn);
  }
}
