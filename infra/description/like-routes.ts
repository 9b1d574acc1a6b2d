import type { RouteKey } from '../../lambdas/api/routes.ts';
import { contractOf } from './describe.ts';
import type {
  OpenApiDocument,
  OperationObject,
  ParameterObject,
  Reference,
  ResponseObject,
} from './document.ts';
import { nameOf } from './readable-schema.ts';

/** A route of the description. */
export interface DescribedRoute {
  readonly key: RouteKey;
  readonly operation: OperationObject;
}

/** Every route of the description, in its order. */
export function describedRoutes(document: OpenApiDocument): DescribedRoute[] {
  return Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({
      key: `${method.toUpperCase()} ${path}` as RouteKey,
      operation,
    })),
  );
}

/** Routes of one contract, each group in its order: those of sessions and of backends. */
export function groupByContract(routes: readonly DescribedRoute[]): DescribedRoute[][] {
  return [...Map.groupBy(routes, ({ key }) => contractOf(key)).values()];
}

/** Parameters without the common ones: path parameters, and the owner whose accounts a backend selects. */
export function ownParameters({ parameters = [] }: OperationObject): ParameterObject[] {
  return parameters.filter(({ name, in: place }) => place !== 'path' && name !== 'owner');
}

/** The successful responses, by status. */
export function successes({ responses }: OperationObject): [string, ResponseObject | Reference][] {
  return Object.entries(responses).filter(([status]) => Number(status) < 400 && status !== '304');
}

/** The response, or the component that it refers to. */
export function resolve(given: ResponseObject | Reference, { components }: OpenApiDocument): ResponseObject {
  if (!('$ref' in given)) return given;
  const response = components.responses[nameOf(given.$ref)];
  if (response === undefined) throw new Error(`${given.$ref} does not exist.`);
  return response;
}
