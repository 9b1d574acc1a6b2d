import {
  type Attribute,
  AttributeType,
  type GlobalSecondaryIndexPropsV2,
  ProjectionType,
  TableEncryptionV2,
  TableV2,
} from 'aws-cdk-lib/aws-dynamodb';
import type { PolicyStatementProps } from 'aws-cdk-lib/aws-iam';
import { RemovalPolicy } from 'aws-cdk-lib/core';
import { Construct } from 'constructs';
import { namesOf, type TableSetting } from '../names.ts';
import { type IndexShape, type KeyShape, type TableName, type TableShape, tables } from '../tables.ts';
import type { Grantee } from './capability.ts';

/** Actions on items under certain keys. */
type KeyedAction = 'GetItem' | 'PutItem' | 'UpdateItem' | 'DeleteItem' | 'BatchWriteItem' | 'Query';

type Conditions = NonNullable<PolicyStatementProps['conditions']>;

/** Actions that can be limited to certain attributes. */
type ReadAction = 'GetItem' | 'BatchGetItem' | 'Scan';

/** One table of `tables.ts`, retained when its stack is deleted unless its removal policy says otherwise. */
export class RetainedTable<Name extends TableName = TableName> extends Construct {
  readonly arn: string;
  readonly name: string;
  readonly #setting: TableSetting;

  constructor(
    scope: Construct,
    id: string,
    props: { readonly stage: string; readonly table: Name; readonly removalPolicy: RemovalPolicy },
  ) {
    super(scope, id);
    const { removalPolicy } = props;
    const shape: TableShape = tables[props.table];
    this.#setting = `${props.table}Table`;
    const table = new TableV2(this, 'Table', {
      tableName: namesOf(props.stage).settings[this.#setting],
      ...keyOf(shape),
      ...(shape.timeToLive && { timeToLiveAttribute: shape.timeToLive }),
      globalSecondaryIndexes: Object.entries(shape.indexes).map(([indexName, index]) => ({
        indexName,
        ...keyOf(index),
        ...projectionOf(index),
      })),
      encryption: TableEncryptionV2.awsManagedKey(),
      pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
      deletionProtection: removalPolicy !== RemovalPolicy.DESTROY,
      removalPolicy,
    });
    this.arn = table.tableArn;
    this.name = table.tableName;
  }

  /**
   * Lets a function act on whole items of the table, but not through its indexes, and sets the table's name.
   * `BatchGetItem` and `BatchWriteItem` need no further right (Service Authorization Reference, "Actions defined by
   * Amazon DynamoDB").
   */
  allow(grantee: Grantee, ...actions: (KeyedAction | 'BatchGetItem')[]): void {
    this.#allow(grantee, actions);
  }

  /**
   * Lets a function act only on items whose partition key begins with one of the prefixes. `ForAllValues` also holds
   * for a call without keys, so such calls are denied separately.
   */
  allowUnder(grantee: Grantee, prefixes: string | readonly string[], ...actions: KeyedAction[]): void {
    const patterns = [prefixes].flat().map((prefix) => `${prefix}*`);
    this.#allowKeys(grantee, patterns, actions);
  }

  /** The same for items whose partition key ends with the suffix. */
  allowEndingIn(grantee: Grantee, suffix: string, ...actions: KeyedAction[]): void {
    this.#allowKeys(grantee, [`*${suffix}`], actions);
  }

  /**
   * Lets a function read only these attributes; the key must be among them. Denies a read whose ProjectionExpression is
   * missing or names others: without one, DynamoDB evaluates `dynamodb:Select` as ALL_ATTRIBUTES (Developer Guide,
   * "Using IAM policy conditions for fine-grained access control", example 3). `IfExists`, as in that example: if
   * DynamoDB does not evaluate it, the attributes alone decide.
   */
  allowReadOf(grantee: Grantee, action: ReadAction, attributes: readonly string[]): void {
    this.#allow(grantee, [action], {
      'ForAllValues:StringEquals': { 'dynamodb:Attributes': attributes },
      StringEqualsIfExists: { 'dynamodb:Select': 'SPECIFIC_ATTRIBUTES' },
    });
  }

  /** Lets a function query one index, but not the table itself. */
  allowQuery(grantee: Grantee, index: keyof (typeof tables)[Name]['indexes'] & string): void {
    grantee.allow({ actions: ['dynamodb:Query'], resources: [`${this.arn}/index/${index}`] });
    grantee.set(this.#setting, this.name);
  }

  #allowKeys(grantee: Grantee, patterns: string[], actions: KeyedAction[]): void {
    this.#allow(grantee, actions, {
      'ForAllValues:StringLike': { 'dynamodb:LeadingKeys': patterns },
      Null: { 'dynamodb:LeadingKeys': 'false' },
    });
  }

  #allow(grantee: Grantee, names: readonly string[], conditions: Conditions = {}): void {
    const actions = names.map((name) => `dynamodb:${name}`);
    grantee.allow({ actions, resources: [this.arn], conditions });
    grantee.set(this.#setting, this.name);
  }
}

function keyOf({ partitionKey, sortKey }: KeyShape): { partitionKey: Attribute; sortKey?: Attribute } {
  const partition = { name: partitionKey, type: AttributeType.STRING };
  if (sortKey === undefined) return { partitionKey: partition };
  const type = sortKey.type === 'N' ? AttributeType.NUMBER : AttributeType.STRING;
  return { partitionKey: partition, sortKey: { name: sortKey.name, type } };
}

function projectionOf({
  projection,
}: IndexShape): Pick<GlobalSecondaryIndexPropsV2, 'projectionType' | 'nonKeyAttributes'> {
  if (projection === 'keys') return { projectionType: ProjectionType.KEYS_ONLY };
  if (projection === 'all') return { projectionType: ProjectionType.ALL };
  return { projectionType: ProjectionType.INCLUDE, nonKeyAttributes: [...projection] };
}
