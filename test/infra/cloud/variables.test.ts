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

/** With every option given. */
const synthesis = synthesise({ context: { ...chosen, dpop: 'on' } });

const usualSynthesis = synthesise();

const deployed = Object.fromEntries(functionNames.map((name) => [name, variablesOf(name, synthesis)]));
const usual = Object.fromEntries(functionNames.map((name) => [name, variablesOf(name, usualSynthesis)]));

afterEach(() => {
  vi.unstubAllGlobals();
});

it.each(functionNames)('%s starts with the variables that it is deployed with', async (name) => {
  const env = { ...deployed[name], AWS_REGION: 'eu-west-1' };
  vi.stubGlobal('process', Object.create(process, { env: { value: env } }));
  // Another test file of this process may have loaded it.
  vi.resetModules();
  await import(`../../../lambdas/${name}.ts`);
});

it.each(functionNames)('%s gets every option that the deployer gave, and no others', (name) => {
  const options = Object.entries(chosen).map(([option, value]) => [
    variableOf(option as SettingName),
    String(value),
  ]);
  expect(deployed[name]).toMatchObject(Object.fromEntries(options));
  for (const [variable = ''] of options) expect(usual[name]).not.toHaveProperty(variable);
});

/** The environment of a function, with placeholders for values that only a deployment knows. */
function variablesOf(name: FunctionName, of: Synthesis): Record<string, string> {
  const { Variables } = v.parse(schema, functionOf(of, name).properties).Environment;
  return Object.fromEntries(
    Object.entries(Variables).map(([variable, value]) => {
      if (typeof value === 'string') return [variable, value];
      return [variable, variable === 'ORIGIN' ? 'https://mail.example.com' : `the ${variable}`];
    }),
  );
}
