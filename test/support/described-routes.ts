import { describeApi } from '../../infra/description/describe.ts';
import { routes } from '../../infra/routes.ts';

/** A route, and what its description says that it takes. */
export interface DescribedRoute {
  readonly route: string;
  /** Names of parameters of the query. */
  readonly parameters: readonly string[];
  /** The type of the body; undefined where it takes none. */
  readonly bodyType: string | undefined;
}

/** Every route of the table of routes, with what it takes. */
export function describedRoutes(): readonly DescribedRoute[] {
  const { paths } = describeApi();
  return Object.values(routes)
    .flat()
    .map((route) => {
      const [method = '', path = ''] = route.split(' ');
      const operation = paths[path]?.[method.toLowerCase()];
      if (operation === undefined) throw new Error(`${route} is not described.`);
      const inQuery = (operation.parameters ?? []).filter((parameter) => parameter.in === 'query');
      const [bodyType] = Object.keys(operation.requestBody?.content ?? {});
      return { route, parameters: inQuery.map(({ name }) => name), bodyType };
    });
}
