import * as v from 'valibot';
import { describe, expect, it } from 'vitest';
import { DataStack } from '../../../infra/cloud/data-stack.ts';
import { type CloudTemplate, emptyApp, synthesise } from '../../support/cloud.ts';
import written from './retained.json' with { type: 'json' };

type Retained = Record<string, Record<string, unknown>>;

/** What a change of each thing written down in `retained.json` would do to a deployment. */
const consequences: Record<string, string> = {
  type: 'makes a new, empty resource and leaves the deployed one behind with all that is in it',
  name: 'makes a new, empty resource under the new name and leaves the deployed one behind with all that is in it',
  keySchema: 'replaces the table: it fails, since the name is taken, or starts without a single grant',
  attributes: 'changes the type of a key, which replaces the table or an index',
  indexes: 'rebuilds an index, and every query on it fails meanwhile',
  timeToLive: 'leaves items that must end without an end, or ends others',
  keySpec: 'replaces the key, and a new one opens no token that is stored',
  keyUsage: 'replaces the key, and a new one opens no token that is stored',
  multiRegion: 'is refused: KMS makes no key of one kind into the other',
  keyPolicy: 'takes the key away from functions or operators, or gives it to somebody',
  secretPolicy: 'lets others read the key for MACs, or keeps the functions from it',
  generated: 'makes up another key, and everybody must sign in again',
  keyRotation: 'ends the yearly rotation, or begins it',
  encryption: 'encrypts the table with another key, which readers may have no right to',
  billingMode: 'makes the table wait, or cost, as nobody decided',
  replicas: 'adds or removes a copy of the table, its protection or its backups',
  target: 'leads the name to another key, which opens no token that is stored',
  deletionPolicy: 'lets the deletion of the stack delete every grant',
  updateReplacePolicy: 'lets a replacement delete every grant',
};

describe('what is retained', () => {
  const { data } = synthesise();

  it('is all that the data stack holds', () => {
    for (const [id, { DeletionPolicy }] of Object.entries(data.Resources)) {
      expect(DeletionPolicy, `${id} would be deleted with its stack`).toBe('Retain');
    }
  });

  it('is what the first release deployed', () => {
    expect(departures(written.resources, describeRetained(data))).toEqual([]);
  });

  it('is exported under the names that the service stack of an earlier release imports', () => {
    // CloudFormation refuses to change or remove an export that a deployed stack reads: an upgrade would stop half-way.
    const exported = Object.values(data.Outputs).map(({ Export, Value }) => [Export?.Name, Value]);
    expect(Object.fromEntries(exported)).toEqual(written.exports);
  });

  it('stands in the stack that the first release deployed', () => {
    const { stackName } = new DataStack(emptyApp(), 'Data', { stage: 'prod' });
    expect(stackName, 'a stack under a new name fails: everything it would make is there already').toBe(
      written.stack,
    );
  });

  it('lies in the data stack alone', () => {
    for (const [id, resource] of Object.entries(synthesise().service.Resources)) {
      expect(resource.DeletionPolicy, id).not.toBe('Retain');
    }
  });
});

describe('a change of what is retained', () => {
  const { LoginsTable3651ECAD: logins, ...others } = written.resources;

  it('is told with what it would do', () => {
    const renamed = { ...others, LoginsTable3651ECAD: { ...logins, name: 'logins' } };
    expect(departures(written.resources, renamed)).toEqual([
      'LoginsTable3651ECAD: changing its name makes a new, empty resource under the new name and leaves the deployed one behind with all that is in it.',
    ]);
  });

  it('is told when a resource goes, or changes its logical ID', () => {
    expect(departures(written.resources, { ...others, Logins: logins })).toEqual([
      'LoginsTable3651ECAD is gone: its deployed resource would be left behind, with all that is in it.',
      'Logins is new: write it down in retained.json, from its first release on.',
    ]);
  });
});

function departures(before: Retained, after: Retained): string[] {
  const changed = Object.entries(before).flatMap(([id, past]) => {
    const present = after[id];
    if (present === undefined) {
      return [`${id} is gone: its deployed resource would be left behind, with all that is in it.`];
    }
    return Object.keys({ ...past, ...present })
      .filter((key) => JSON.stringify(past[key]) !== JSON.stringify(present[key]))
      .map((key) => `${id}: changing its ${key} ${consequences[key]}.`);
  });
  const added = Object.keys(after)
    .filter((id) => !(id in before))
    .map((id) => `${id} is new: write it down in retained.json, from its first release on.`);
  return [...changed, ...added];
}

const properties = v.object({
  TableName: v.optional(v.string()),
  AliasName: v.optional(v.string()),
  Name: v.optional(v.string()),
  KeySchema: v.optional(v.unknown()),
  AttributeDefinitions: v.optional(v.unknown()),
  GlobalSecondaryIndexes: v.optional(v.unknown()),
  TimeToLiveSpecification: v.optional(v.unknown()),
  TargetKeyId: v.optional(v.unknown()),
  KeySpec: v.optional(v.unknown()),
  KeyUsage: v.optional(v.unknown()),
  MultiRegion: v.optional(v.unknown()),
  KeyPolicy: v.optional(v.unknown()),
  ResourcePolicy: v.optional(v.unknown()),
  GenerateSecretString: v.optional(v.unknown()),
  EnableKeyRotation: v.optional(v.unknown()),
  SSESpecification: v.optional(v.unknown()),
  BillingMode: v.optional(v.unknown()),
  Replicas: v.optional(v.unknown()),
});

function describeRetained({ Resources }: CloudTemplate): Retained {
  return Object.fromEntries(
    Object.entries(Resources).map(([id, resource]) => {
      const its = v.parse(properties, resource.Properties);
      const described = {
        type: resource.Type,
        name: its.TableName ?? its.AliasName ?? its.Name,
        keySchema: its.KeySchema,
        attributes: its.AttributeDefinitions,
        indexes: its.GlobalSecondaryIndexes,
        timeToLive: its.TimeToLiveSpecification,
        keySpec: its.KeySpec,
        keyUsage: its.KeyUsage,
        multiRegion: its.MultiRegion,
        keyPolicy: its.KeyPolicy,
        secretPolicy: its.ResourcePolicy,
        generated: its.GenerateSecretString,
        keyRotation: its.EnableKeyRotation,
        encryption: its.SSESpecification,
        billingMode: its.BillingMode,
        replicas: its.Replicas,
        target: its.TargetKeyId,
        deletionPolicy: resource.DeletionPolicy,
        updateReplacePolicy: resource.UpdateReplacePolicy,
      };
      return [id, Object.fromEntries(Object.entries(described).filter(([, value]) => value !== undefined))];
    }),
  );
}
