import { describe, expect, it } from 'vitest';
import { describeApi } from '../../../infra/description/describe.ts';
import { deployedRoutes, type FunctionName, functionNames } from '../../../infra/routes.ts';
import { synthesise } from '../../support/cloud.ts';
import { rightsOf } from '../../support/rights.ts';

const synthesis = synthesise();
const { paths } = describeApi();

/** They send Google the secret with each code: the state, or the signature, comes before. */
const exchangesCodes: readonly FunctionName[] = ['auth-callback', 'auth-code'];

/** Whether a route asks for neither a session nor a signature; what catches unknown paths is not described. */
function isPublic(route: string): boolean {
  const [method = '', path = ''] = route.split(' ');
  return (paths[path]?.[method.toLowerCase()]?.security ?? []).length === 0;
}

const publicFunctions = functionNames.filter((name) => deployedRoutes[name].some(isPublic));

describe('a function that anybody can call, without a session or a signature,', () => {
  it('is known as such', () => {
    expect(publicFunctions).toEqual(expect.arrayContaining(['auth-url', 'connect-link', ...exchangesCodes]));
  });

  it.each(publicFunctions.filter((name) => !exchangesCodes.includes(name)))(
    'cannot read the client secret: %s',
    (name) => {
      expect(rightsOf(synthesis, name).map(({ kind }) => kind)).not.toContain('secret');
    },
  );
});
