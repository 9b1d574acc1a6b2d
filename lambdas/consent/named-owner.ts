import { Problem } from '../errors.ts';
import { noParameters, parseQuery } from '../http/query.ts';
import type { HttpRequest } from '../http/request.ts';
import { requestedOwner } from '../sessions/caller.ts';

/**
 * The owner for whom a backend acts: the one in the body, else the one that it limits itself to.
 *
 * @throws Problem `invalid_request` if the two differ or the query has other parameters, and as requestedOwner.
 */
export function namedOwner(request: HttpRequest, inBody: string | undefined): string | undefined {
  const around = requestedOwner(request);
  parseQuery(request, noParameters);
  if (around !== undefined && inBody !== undefined && around !== inBody) {
    throw new Problem('invalid_request', {
      detail: 'The query and the body name different owners.',
    });
  }
  return inBody ?? around;
}
