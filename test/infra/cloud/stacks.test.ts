import { readFileSync } from 'node:fs';
import { AttributeType, Table } from 'aws-cdk-lib/aws-dynamodb';
import { Bucket } from 'aws-cdk-lib/aws-s3';
import { type App, CfnResource, Stack } from 'aws-cdk-lib/core';
import { describe, expect, it } from 'vitest';
import { synthesise } from '../../support/cloud.ts';

describe('the checks on the templates', () => {
  it('find nothing', () => {
    expect(JSON.parse(synthesise().report)).toMatchObject({ pluginReports: [] });
  });

  it('would find a resource that breaks a rule of good practice', () => {
    const seed = (app: App) => new Bucket(new Stack(app, 'Seeded'), 'Bucket');
    expect(() => synthesise({ seed })).toThrow('AwsSolutions-S1');
  });

  it('would find a resource that CloudFormation would refuse', () => {
    const seed = (app: App) =>
      new CfnResource(new Stack(app, 'Seeded'), 'Table', {
        type: 'AWS::DynamoDB::GlobalTable',
        properties: {},
      });
    expect(() => synthesise({ seed })).toThrow(/CloudFormation Validate/);
  });
});

it('is refused by CDK itself where it uses what is deprecated', () => {
  const seed = (app: App) =>
    new Table(new Stack(app, 'Seeded'), 'Table', {
      partitionKey: { name: 'id', type: AttributeType.STRING },
      pointInTimeRecovery: true,
    });
  expect(() => synthesise({ seed })).toThrow('TableOptions#pointInTimeRecovery is deprecated');
});

it('imports from Data in Service alone, so the runbook undoes an upgrade of Service first', () => {
  const { data, service } = synthesise();
  expect(JSON.stringify(service)).toContain('"Fn::ImportValue"');
  expect(JSON.stringify(data)).not.toContain('"Fn::ImportValue"');
  const runbook = readFileSync(new URL('../../../infra/tools/README.md', import.meta.url), 'utf8');
  const [, upgrade = ''] = runbook.split('\n### Upgrade\n');
  const [undo = ''] = upgrade.split('\n### ');
  const commands = undo.matchAll(/npx cdk deploy Default\/(\w+) --exclusively/g);
  expect([...commands].map(([, stack]) => stack)).toEqual(['Service', 'Data']);
});
