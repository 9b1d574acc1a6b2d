/** Which backend can call which route, by the policies of the template and an evaluator of IAM that is none of ours. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { routes } from '../../../infra/routes.ts';
import { resourcesOf, synthesise } from '../../support/cloud.ts';
import { arnIn, deployed, isAllowed, type Policy } from '../../support/iam.ts';
import { backendRoutes } from '../../support/route-lists.ts';

const synthesis = synthesise();

const outputs = ['Read', 'Invite', 'Disconnect', 'AccessTokens'].map((name) => `Backend${name}PolicyArn`);
const policies = resourcesOf(synthesis.service, 'AWS::IAM::ManagedPolicy');

/** A backend whose role has the policy of an output. */
function backendWith(output: string) {
  const { Ref: id = '' } = Object(synthesis.service.Outputs[output]?.Value);
  const document = deployed(synthesis, policies[id]?.Properties['PolicyDocument']);
  return { arn: arnIn('role/my-backend'), policies: [document] };
}

const [apiId] = Object.keys(resourcesOf(synthesis.service, 'AWS::ApiGatewayV2::Api'));

/** The policy for one account that lambdas/api/README.md shows. */
function policyOfReadme(): Policy {
  const readme = readFileSync(new URL('../../../lambdas/api/README.md', import.meta.url), 'utf8');
  const [, text = ''] = /```json\n(\{[^`]*"execute-api:Invoke"[^`]*)```/.exec(readme) ?? [];
  return JSON.parse(text);
}

/** Which of the policies allow a request for a route. */
async function allowing(route: string, candidates: readonly string[] = outputs): Promise<string[]> {
  const [method, path = ''] = route.split(' ');
  const asked = path.replace('{accountId}', '150213319623975729730').replace('{id}', '18c0ffee');
  const resource = `arn:aws:execute-api:eu-central-1:123456789012:${apiId}/$default/${method}${asked}`;
  const allowed = await Promise.all(
    candidates.map((each) => isAllowed(backendWith(each), { action: 'execute-api:Invoke', resource })),
  );
  return candidates.filter((_, index) => allowed[index]);
}

describe('every route of backends has exactly one policy, beside that for all:', () => {
  it.each(backendRoutes)('%s', async (route) => {
    expect(await allowing(route)).toHaveLength(1);
    expect(await allowing(route, ['BackendPolicyArn'])).toHaveLength(1);
  });
});

it('reading, inviting, disconnecting and access tokens are apart', async () => {
  const routesOf: Record<string, string[]> = {};
  for (const route of backendRoutes) {
    for (const policy of await allowing(route)) routesOf[policy] = [...(routesOf[policy] ?? []), route];
  }
  expect(routesOf).toEqual({
    BackendInvitePolicyArn: ['POST /accounts/code', 'POST /accounts/connect-links'],
    BackendAccessTokensPolicyArn: ['POST /accounts/{accountId}/access-token'],
    BackendDisconnectPolicyArn: ['DELETE /accounts/{accountId}'],
    BackendReadPolicyArn: backendRoutes.filter(
      (route) => route.startsWith('GET ') || /^POST .*\/(sync|verify)$/.test(route),
    ),
  });
});

it.each([
  ['GET/accounts/150213319623975729730', true],
  ['GET/accounts/150213319623975729730/messages', true],
  ['GET/accounts/1502133196239757297301/messages', false],
  ['GET/accounts/998877', false],
  ['GET/accounts', false],
  ['GET/changes', false],
  ['POST/accounts/150213319623975729730/access-token', false],
  ['DELETE/accounts/150213319623975729730', false],
])('the policy for one account in the documents, asked for %s: %s', async (path, allowed) => {
  const backend = { arn: arnIn('role/my-backend'), policies: [policyOfReadme()] };
  const resource = `arn:aws:execute-api:eu-central-1:123456789012:abcdef1234/$default/${path}`;
  expect(await isAllowed(backend, { action: 'execute-api:Invoke', resource })).toBe(allowed);
});

it('no policy opens any other route', async () => {
  const others = Object.values(routes)
    .flat()
    // The evaluator takes an empty path for a mistake.
    .filter((route) => !backendRoutes.includes(route) && route !== 'GET /');
  for (const route of others)
    expect(await allowing(route, ['BackendPolicyArn', ...outputs]), route).toEqual([]);
});

it('all policies have names that no other stack can have, and are attached to nobody yet', () => {
  expect(Object.keys(policies)).toHaveLength(outputs.length + 1);
  for (const { Properties } of Object.values(policies)) {
    expect(Object.keys(Properties).toSorted()).toEqual(['Description', 'Path', 'PolicyDocument']);
  }
});

it('the policy for all is that of earlier releases, so that backends that have it go on', () => {
  expect(synthesis.service.Outputs['BackendPolicyArn']?.Value).toEqual({
    Ref: 'BackendAccessPolicy204D1ABC',
  });
  // Another description would be another policy.
  expect(policies['BackendAccessPolicy204D1ABC']?.Properties['Description']).toBe(
    'Calls the backend routes of gmail-offline-access (prod)',
  );
});
