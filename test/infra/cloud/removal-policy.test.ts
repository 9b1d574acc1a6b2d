import type { App } from 'aws-cdk-lib/core';
import { describe, expect, it } from 'vitest';
import { DataStack } from '../../../infra/cloud/data-stack.ts';
import { resourcesOf, synthesise } from '../../support/cloud.ts';

describe('a stage of tests that may be destroyed', () => {
  const context = { stage: 'try', removalPolicy: 'destroy' };
  const { data, service } = synthesise({ context });

  it('deletes all of its data with the stack', () => {
    for (const [id, { DeletionPolicy, UpdateReplacePolicy }] of Object.entries(data.Resources)) {
      expect([DeletionPolicy, UpdateReplacePolicy], id).toEqual(['Delete', 'Delete']);
    }
  });

  it('protects neither its tables nor the stack', () => {
    for (const { Properties } of Object.values(resourcesOf(data, 'AWS::DynamoDB::GlobalTable'))) {
      expect(Properties).toMatchObject({ Replicas: [{ DeletionProtectionEnabled: false }] });
    }
    expect(dataStackOf(context)?.terminationProtection).toBe(false);
    expect(dataStackOf()?.terminationProtection).toBe(true);
  });

  it('waits no longer for the end of its key than KMS demands', () => {
    const keys = Object.values(resourcesOf(data, 'AWS::KMS::Key')).map(({ Properties }) => Properties);
    expect(keys).toEqual([expect.objectContaining({ PendingWindowInDays: 7, EnableKeyRotation: true })]);
  });

  it('is the same in all else: names, keys, and the service', () => {
    const kept = synthesise({ context: { stage: 'try' } });
    const unprotected = JSON.stringify(kept.data.Resources)
      .replaceAll('"Retain"', '"Delete"')
      .replaceAll('"DeletionProtectionEnabled":true', '"DeletionProtectionEnabled":false');
    expect(
      JSON.stringify(data.Resources)
        .replaceAll('"PendingWindowInDays":7,', '')
        .replaceAll(',"PendingWindowInDays":7', ''),
    ).toBe(unprotected);
    expect(service).toEqual(kept.service);
  });
});

describe('a key for several regions', () => {
  const keyOf = (context?: Record<string, string>) =>
    Object.values(resourcesOf(synthesise({ ...(context && { context }) }).data, 'AWS::KMS::Key'))[0]
      ?.Properties;

  it('is made where that was chosen', () => {
    expect(keyOf({ multiRegionKey: 'on' })).toEqual({ ...keyOf(), MultiRegion: true });
    expect(keyOf({ multiRegionKey: 'off' })).toEqual(keyOf());
  });

  it('is told to be for good', () => {
    const told = messagesOf({ multiRegionKey: 'on' });
    expect(told).toContainEqual(expect.stringMatching(/first deployment .* nothing can change it later/));
    expect(messagesOf()).toEqual([]);
  });
});

/** The data stack, as CDK knows it when all is built. */
function dataStackOf(context: Record<string, string> = {}): DataStack | undefined {
  return builtWith(context).find((construct) => construct instanceof DataStack);
}

/** What a deployer is told while the templates are made. */
function messagesOf(context: Record<string, string> = {}): unknown[] {
  return builtWith(context)
    .flatMap(({ node }) => node.metadata)
    .filter(({ type }) => type === 'aws:cdk:info')
    .map(({ data }) => data);
}

function builtWith(context: Record<string, string>) {
  let built: ReturnType<App['node']['findAll']> = [];
  synthesise({
    context,
    seed: (app) => {
      built = app.node.findAll();
    },
  });
  return built;
}
