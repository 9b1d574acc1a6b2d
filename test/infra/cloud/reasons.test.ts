import * as v from 'valibot';
import { describe, expect, it } from 'vitest';
import { type FunctionName, functionNames } from '../../../infra/routes.ts';
import { resourcesOf, synthesise } from '../../support/cloud.ts';
import { roleOf, type Statement, statementsOf } from '../../support/rights.ts';

const synthesis = synthesise();

const withReasons = v.object({ Metadata: v.object({ Reasons: v.array(v.string()) }) });

/** Why a role has its rights, in their order, as the template says it. */
function reasonsOf(name: FunctionName): string[] {
  return v.parse(withReasons, synthesis.service.Resources[roleOf(synthesis, name)]).Metadata.Reasons;
}

describe('the template says of each right of a role what it is for:', () => {
  it.each(functionNames)('%s', (name) => {
    const reasons = reasonsOf(name);
    const statements = statementsOf(synthesis, name);
    expect(reasons).toHaveLength(statements.length);
    for (const reason of reasons) expect(reason).toMatch(/^[a-z][^.]{10,}[^.]$/);
    expect(new Set(reasons).size).toBe(reasons.length);
    expect(reasons[0]).toBe('write its own log');
    const traces = statements.findIndex(isTraces);
    if (traces > 0) expect(reasons[traces]).toBe('write its traces, which belong to no resource');
  });
});

it('the table of rights is that of the templates', async () => {
  const rows = functionNames.flatMap((name) => {
    const reasons = reasonsOf(name);
    const lines = statementsOf(synthesis, name).flatMap((statement, index) =>
      isPlatform(statement) ? [] : [`${inWords(statement)} | ${reasons[index]} |`],
    );
    return lines.map((line, index) => `| ${index === 0 ? name : ''} | ${line}`);
  });
  const none = functionNames.filter((name) => statementsOf(synthesis, name).every(isPlatform));
  const text = `# What each function may do, and what for

[A test](../../test/infra/cloud/reasons.test.ts) compares this table with the templates (\`npx vitest run
test/infra/cloud/reasons -u\` writes it anew). The reasons are in [wirings.ts](wirings.ts), beside the rights.
[Another test](../../test/flow/rights-in-use.test.ts) compares the rights with the calls that the functions make.

Every function may write its own log. Functions that answer requests may also write traces, on \`*\`: X-Ray has no
resources. These may do nothing else:
${none.map((name) => `\`${name}\``).join(', ')}.

| function | may | on | to |
| --- | --- | --- | --- |
${rows.join('\n')}
`;
  await expect(text).toMatchFileSnapshot('../../../infra/cloud/rights.md');
});

const isTraces = ({ actions: [action = ''] }: Statement) => action.startsWith('xray:');
/** The same for all. */
const isPlatform = (statement: Statement) =>
  isTraces(statement) || statement.resource.startsWith('log group');

const policies = v.object({
  PolicyDocument: v.object({
    Statement: v.array(
      v.object({
        Action: v.union([v.string(), v.array(v.string())]),
        Resource: v.unknown(),
      }),
    ),
  }),
});

/** What may hold an asterisk, and why AWS leaves no other way. */
const forced: readonly (readonly [action: string, resource: RegExp, why: string])[] = [
  ['xray:PutTraceSegments', /^\*$/, 'X-Ray knows no resources'],
  ['xray:PutTelemetryRecords', /^\*$/, 'X-Ray knows no resources'],
  ['execute-api:Invoke', /\/\$default\/[A-Z]+\/[\w*/-]+$/, 'a variable of a path can be anything'],
];

describe('no role or policy of any stack, whoever made it,', () => {
  const statements = [synthesis.data, synthesis.service]
    .flatMap((template) =>
      ['AWS::IAM::Policy', 'AWS::IAM::ManagedPolicy'].map((type) => resourcesOf(template, type)),
    )
    .flatMap((found) => Object.values(found))
    .flatMap(({ Properties }) => v.parse(policies, Properties).PolicyDocument.Statement);

  it('allows an action with an asterisk', () => {
    expect(statements.length).toBeGreaterThan(functionNames.length);
    for (const { Action } of statements) expect([Action].flat().join()).not.toContain('*');
  });

  it('names a resource with an asterisk, but where AWS leaves no other way', () => {
    for (const { Action, Resource } of statements) {
      for (const resource of [Resource]
        .flat()
        .map(textOf)
        .filter((text) => text.includes('*'))) {
        for (const action of [Action].flat()) {
          const known = forced.some(([name, pattern]) => name === action && pattern.test(resource));
          expect([action, resource, known]).toEqual([action, resource, true]);
        }
      }
    }
  });

  it('brings policies of its own along, in a role or from AWS', () => {
    const roles = [synthesis.data, synthesis.service].flatMap((template) =>
      Object.values(resourcesOf(template, 'AWS::IAM::Role')),
    );
    for (const { Properties } of roles) expect(Object.keys(Properties)).toEqual(['AssumeRolePolicyDocument']);
  });

  it('is a custom resource’s: there are none', () => {
    const types = [synthesis.data, synthesis.service].flatMap(({ Resources }) => Object.values(Resources));
    expect(types.filter(({ Type }) => /^(Custom::|AWS::CloudFormation::CustomResource)/.test(Type))).toEqual(
      [],
    );
    const functions = resourcesOf(synthesis.service, 'AWS::Lambda::Function');
    expect(Object.keys(functions)).toHaveLength(functionNames.length);
  });
});

function inWords({ actions, resource, conditions }: Statement): string {
  const may = actions.map((action) => action.replace(/^\w+:/, '')).join(', ');
  return `${may} | ${[resource, ...narrowed(conditions)].join(', ')}`;
}

function narrowed(conditions: Statement['conditions']): string[] {
  const list = (operator: string, key: string) =>
    [conditions[operator]?.[key] ?? []].flat().map(String).join(' ');
  const keys = list('ForAllValues:StringLike', 'dynamodb:LeadingKeys');
  const attributes = list('ForAllValues:StringEquals', 'dynamodb:Attributes');
  const kinds = list('StringEquals', 'kms:EncryptionContext:tokenKind');
  return [
    ...(keys === '' ? [] : [`keys \`${keys}\``]),
    ...(attributes === '' ? [] : [`attributes ${attributes}`]),
    ...(kinds === '' ? [] : [`tokens ${kinds}`]),
  ];
}

/** A resource as text, with what only AWS knows left out. */
function textOf(resource: unknown): string {
  if (typeof resource === 'string') return resource;
  const joined = v.safeParse(
    v.strictObject({ 'Fn::Join': v.tuple([v.literal(''), v.array(v.unknown())]) }),
    resource,
  );
  return joined.success ? joined.output['Fn::Join'][1].map(textOf).join('') : '';
}
