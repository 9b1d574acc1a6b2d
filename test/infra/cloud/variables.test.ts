import * as v from 'valibot';
import { afterEach, expect, it, vi } from 'vitest';
import { type FunctionName, functionNames } from '../../../infra/routes.ts';
import { type SettingName, variableOf } from '../../../lambdas/config.ts';
import { type Synthesis, synthesise } from '../../support/cloud.ts';
import { functionOf } from '../../support/rights.ts';

const schema = v.object({ Environment: v.object({ Variables: v.record(v.string(), v.unknown()) }) });

const chosen = {
  scopes: 'openid https://www.googleapis.com/auth/gmail.readonly',
  allowedReturnOrigins: 'https://app.example.com',
  signUp: 'domains',
  signUpDomains: 'example.com',
  accessTokens: 'on',
  copy: 'index',
  quotaProfile: '2026',
  dailyUnits: 1000,
  pollSeconds: 60,
  quietPollSeconds: 300,
};

/** With every choice made, so that every variable is set somewhere. */
const synthesis = synthesise({ context: { ...chosen, dpop: 'on' } });

const told = Object.fromEntries(functionNames.map((name) => [name, variablesOf(name, synthesis)]));
const known = new Set(Object.values(told).flatMap((variables) => Object.keys(variables)));

afterEach(() => {
  vi.unstubAllGlobals();
});

it.each(functionNames)(
  '%s starts with the variables that it is deployed with, and reads each',
  async (name) => {
    const read = new Set<string>();
    const env = new Proxy<Record<string, string>>(
      { ...told[name], AWS_REGION: 'eu-west-1' },
      {
        get: (variables, variable) => {
          if (typeof variable === 'string' && known.has(variable)) read.add(variable);
          return Reflect.get(variables, variable);
        },
      },
    );
    vi.stubGlobal('process', Object.create(process, { env: { value: env } }));
    // Another test file of this process may have loaded it.
    vi.resetModules();
    await import(`../../../lambdas/${name}.ts`);
    // Every function has the stage; those that write metrics read it.
    expect([...read.add('STAGE')].sort()).toEqual(Object.keys(told[name] ?? {}).sort());
  },
);

it('functions get what the deployer chose, and nothing where nothing was chosen', () => {
  const unchosen = synthesise();
  const usual = new Set(functionNames.flatMap((name) => Object.keys(variablesOf(name, unchosen))));
  const added = functionNames.flatMap((name) => Object.entries(told[name] ?? {}));
  const values = added.filter(([variable]) => !usual.has(variable) && variable !== 'DPOP_KEY');
  expect(Object.fromEntries(values)).toEqual(
    Object.fromEntries(
      Object.entries(chosen).map(([name, value]) => [variableOf(name as SettingName), String(value)]),
    ),
  );
});

/** What a function is told; in place of what only a deployment knows stands something like it. */
function variablesOf(name: FunctionName, of: Synthesis): Record<string, string> {
  const { Variables } = v.parse(schema, functionOf(of, name).properties).Environment;
  return Object.fromEntries(
    Object.entries(Variables).map(([variable, value]) => {
      if (typeof value === 'string') return [variable, value];
      return [variable, variable === 'ORIGIN' ? 'https://mail.example.com' : `the ${variable}`];
    }),
  );
}
