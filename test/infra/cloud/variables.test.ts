import * as v from 'valibot';
import { afterEach, expect, it, vi } from 'vitest';
import { type FunctionName, functionNames } from '../../../infra/routes.ts';
import { synthesise } from '../../support/cloud.ts';
import { functionOf } from '../../support/rights.ts';

const schema = v.object({ Environment: v.object({ Variables: v.record(v.string(), v.unknown()) }) });

/** With every choice made, so that every variable there is stands somewhere. */
const synthesis = synthesise({
  context: {
    scopes: 'openid https://www.googleapis.com/auth/gmail.readonly',
    allowedReturnOrigins: 'https://app.example.com',
    signUp: 'domains',
    signUpDomains: 'example.com',
    accessTokens: 'on',
    dpop: 'on',
    copy: 'index',
    quotaProfile: '2026',
    dailyUnits: 1000,
    pollSeconds: 60,
    quietPollSeconds: 300,
  },
});

/** The functions that write metrics. */
const counting: readonly FunctionName[] = [
  ...(['auth-callback', 'auth-code'] as const),
  ...(['access-token', 'messages-list', 'message-get', 'labels-list'] as const),
  ...(['changes-publish', 'sync-dispatch', 'sync-mailbox', 'sync-sweep'] as const),
];

const told = Object.fromEntries(functionNames.map((name) => [name, variablesOf(name)]));
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
    // The stage is told to all, and read by those that write metrics.
    const readable = Object.keys(told[name] ?? {}).filter(
      (variable) => variable !== 'STAGE' || counting.includes(name),
    );
    expect([...read].sort()).toEqual(readable.sort());
  },
);

/** What a function is told; in place of what only a deployment knows stands something like it. */
function variablesOf(name: FunctionName): Record<string, string> {
  const { Variables } = v.parse(schema, functionOf(synthesis, name).properties).Environment;
  return Object.fromEntries(
    Object.entries(Variables).map(([variable, value]) => {
      if (typeof value === 'string') return [variable, value];
      return [variable, variable === 'ORIGIN' ? 'https://mail.example.com' : `the ${variable}`];
    }),
  );
}
