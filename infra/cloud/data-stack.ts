import { type Environment, Stack } from 'aws-cdk-lib/core';
import type { Construct } from 'constructs';
import { ClientSecret } from './client-secret.ts';
import type { DeploymentContext } from './context.ts';
import { RetainedTable } from './retained-table.ts';
import { TokenKey } from './token-key.ts';

/** Everything that must outlive a deployment: the tables, the token key and the client secret. */
export class DataStack extends Stack {
  readonly logins: RetainedTable<'logins'>;
  readonly grants: RetainedTable<'grants'>;
  readonly mailboxes: RetainedTable<'mailboxes'>;
  readonly messages: RetainedTable<'messages'>;
  readonly changes: RetainedTable<'changes'>;
  readonly usage: RetainedTable<'usage'>;
  readonly tokenKey: TokenKey;
  readonly clientSecret: ClientSecret;

  constructor(
    scope: Construct,
    id: string,
    { stage, env }: Pick<DeploymentContext, 'stage'> & { readonly env?: Environment },
  ) {
    super(scope, id, {
      ...(env !== undefined && { env }),
      stackName: `gmail-offline-access-${stage}-data`,
      description: 'gmail-offline-access: tables, token key and client secret, all retained',
      terminationProtection: true,
    });
    this.logins = new RetainedTable(this, 'Logins', { stage, table: 'logins' });
    this.grants = new RetainedTable(this, 'Grants', { stage, table: 'grants' });
    this.mailboxes = new RetainedTable(this, 'Mailboxes', { stage, table: 'mailboxes' });
    this.messages = new RetainedTable(this, 'Messages', { stage, table: 'messages' });
    this.changes = new RetainedTable(this, 'Changes', { stage, table: 'changes' });
    this.usage = new RetainedTable(this, 'Usage', { stage, table: 'usage' });
    this.tokenKey = new TokenKey(this, 'TokenKey', { stage });
    this.clientSecret = new ClientSecret(this, 'ClientSecret', { stage });
    const tables = [this.logins, this.grants, this.mailboxes, this.messages, this.changes, this.usage];
    this.#exportByHand(
      ...tables.flatMap(({ arn, name }) => [arn, name]),
      this.tokenKey.arn,
      this.clientSecret.arn,
    );
  }

  /**
   * An export that CDK adds by itself goes when its last reader goes, while the deployed reader still holds
   * it: the deployment would be refused.
   */
  #exportByHand(...values: string[]): void {
    for (const value of values) this.exportValue(value);
  }
}
