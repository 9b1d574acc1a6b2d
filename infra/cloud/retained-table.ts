import { AttributeType, ProjectionType, TableEncryptionV2, TableV2 } from 'aws-cdk-lib/aws-dynamodb';
import { RemovalPolicy } from 'aws-cdk-lib/core';
import { Construct } from 'constructs';
import { type TableName, type TableShape, tables } from '../tables.ts';
import type { Capability } from './capability.ts';

/** One table of `tables.ts`, kept whatever happens to its stack. */
export class RetainedTable<Name extends TableName = TableName> extends Construct {
  readonly arn: string;
  readonly name: string;
  readonly #variable: string;

  constructor(scope: Construct, id: string, props: { readonly stage: string; readonly table: Name }) {
    super(scope, id);
    const shape: TableShape = tables[props.table];
    const table = new TableV2(this, 'Table', {
      tableName: `gmail-offline-access-${props.stage}-${props.table}`,
      partitionKey: { name: shape.partitionKey, type: AttributeType.STRING },
      ...(shape.timeToLive === undefined ? {} : { timeToLiveAttribute: shape.timeToLive }),
      globalSecondaryIndexes: Object.entries(shape.indexes).map(([indexName, index]) => ({
        indexName,
        partitionKey: { name: index.partitionKey, type: AttributeType.STRING },
        projectionType: ProjectionType.KEYS_ONLY,
      })),
      encryption: TableEncryptionV2.awsManagedKey(),
      pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
      deletionProtection: true,
      removalPolicy: RemovalPolicy.RETAIN,
    });
    this.arn = table.tableArn;
    this.name = table.tableName;
    this.#variable = shape.variable;
  }

  /** Lets a function act on whole items, one at a time, and tells it the table's name. */
  allow(capability: Capability, ...actions: ('GetItem' | 'PutItem' | 'UpdateItem' | 'DeleteItem')[]): void {
    capability.allow({ actions: actions.map((action) => `dynamodb:${action}`), resources: [this.arn] });
    capability.setVariable(this.#variable, this.name);
  }

  /**
   * Lets a function read the named attributes of an item and no others; the key must be among them. A
   * GetItem whose ProjectionExpression is missing or names anything else is refused: without one, DynamoDB
   * evaluates `dynamodb:Select` as ALL_ATTRIBUTES (Developer Guide, "Using IAM policy conditions for
   * fine-grained access control", example 3).
   */
  allowGetOf(capability: Capability, ...attributes: string[]): void {
    capability.allow({
      actions: ['dynamodb:GetItem'],
      resources: [this.arn],
      conditions: {
        'ForAllValues:StringEquals': { 'dynamodb:Attributes': attributes },
        StringEquals: { 'dynamodb:Select': 'SPECIFIC_ATTRIBUTES' },
      },
    });
    capability.setVariable(this.#variable, this.name);
  }

  /** Lets a function query one index, and not the table itself. */
  allowQuery(capability: Capability, index: keyof (typeof tables)[Name]['indexes'] & string): void {
    capability.allow({ actions: ['dynamodb:Query'], resources: [`${this.arn}/index/${index}`] });
    capability.setVariable(this.#variable, this.name);
  }
}
