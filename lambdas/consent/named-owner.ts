import { Problem } from '../errors.ts';
import type { HttpRequest } from '../http/request.ts';
import { requestedOwner } from '../sessions/caller.ts';

/**
 * The owner for whom a backend acts: the one that its body names, or else the one that it stays within.
 *
 * @throws Problem `invalid_request` when these are two, and as requestedOwner.
 */
export function namedOwner(request: HttpRequest, inBody: string | undefined): string | undefined {
  const around = requestedOwner(request);
  if (around !== undefined && inBody !== undefined && around !== inBody) {
    throw new Problem('invalid_request', {
      detail: 'The owners in the query and in the body are not the same.',
    });
  }
  return inBody ?? around;
}
