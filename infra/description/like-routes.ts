import type {
  OpenApiDocument,
  OperationObject,
  ParameterObject,
  Reference,
  ResponseObject,
} from './document.ts';
import type { RouteKey } from './operation.ts';

/** A route as it is described. */
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

/** Routes that say, take and answer the same, each group in its order: those of users and of backends mostly do. */
export function likeRoutes(routes: readonly DescribedRoute[]): DescribedRoute[][] {
  return [...Map.groupBy(routes, likeness).values()];
}

function likeness({ operation }: DescribedRoute): string {
  const { description, requestBody } = operation;
  return JSON.stringify([description, ownParameters(operation), requestBody, successes(operation)]);
}

/** Parameters without those that many routes have: of paths, and whose accounts a backend means. */
export function ownParameters({ parameters = [] }: OperationObject): ParameterObject[] {
  return parameters.filter(({ name, in: place }) => place !== 'path' && name !== 'owner');
}

/** The answers that are no problems, by their status. */
export function successes({ responses }: OperationObject): [string, ResponseObject | Reference][] {
  return Object.entries(responses).filter(([status]) => Number(status) < 400 && status !== '304');
}
