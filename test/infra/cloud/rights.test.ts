import * as v from 'valibot';
import { expect, it } from 'vitest';
import { functionNames } from '../../../infra/routes.ts';
import { resourcesOf, synthesise } from '../../support/cloud.ts';
import { roleOf, statementsOf } from '../../support/rights.ts';

const synthesis = synthesise();

// `ForAllValues` holds for a call that names no key or attribute at all.
it.each(functionNames)('the role of %s gives no way round the keys and attributes that it names', (name) => {
  for (const { conditions } of statementsOf(synthesis, name)) {
    const { 'ForAllValues:StringLike': keys, 'ForAllValues:StringEquals': attributes } = conditions;
    if (keys !== undefined) expect(conditions['Null']).toEqual({ 'dynamodb:LeadingKeys': 'false' });
    if (attributes !== undefined) {
      expect(conditions['StringEqualsIfExists']).toEqual({ 'dynamodb:Select': 'SPECIFIC_ATTRIBUTES' });
    }
  }
});

it('gives each function a role that Lambda alone assumes, and has no role beside but one for each schedule', () => {
  const own = functionNames.map((name) => roleOf(synthesis, name));
  for (const role of own) {
    expect(synthesis.service.Resources[role]?.Properties['AssumeRolePolicyDocument']).toMatchObject({
      Statement: [
        { Action: 'sts:AssumeRole', Effect: 'Allow', Principal: { Service: 'lambda.amazonaws.com' } },
      ],
    });
  }
  const scheduled = Object.values(resourcesOf(synthesis.service, 'AWS::Scheduler::Schedule')).map(
    ({ Properties }) => v.parse(scheduleSchema, Properties).Target.RoleArn['Fn::GetAtt'][0],
  );
  expect(Object.keys(resourcesOf(synthesis.service, 'AWS::IAM::Role')).sort()).toEqual(
    [...own, ...scheduled].sort(),
  );
  expect(resourcesOf(synthesis.data, 'AWS::IAM::Role')).toEqual({});
});

const scheduleSchema = v.object({
  Target: v.object({ RoleArn: v.object({ 'Fn::GetAtt': v.tuple([v.string(), v.literal('Arn')]) }) }),
});
