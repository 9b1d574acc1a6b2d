import type { Cors } from '../../cors.ts';
import type { HttpResponse } from './http-response.ts';

/** The parts of a request that make it a preflight. */
interface Asking {
  readonly method?: string | undefined;
  readonly origin?: string | undefined;
  /** `Access-Control-Request-Method`. */
  readonly requestedMethod?: string | undefined;
}

/**
 * Answers a preflight (Fetch, "CORS-preflight request") like an HTTP API with CORS: on any path, before routes and
 * authorizers, and with CORS headers only for an allowed origin ("Configure CORS for HTTP APIs in API Gateway").
 *
 * @returns undefined for any other request
 */
export function preflightResponse(
  cors: Cors,
  { method, origin, requestedMethod }: Asking,
): HttpResponse | undefined {
  if (method !== 'OPTIONS' || origin === undefined || requestedMethod === undefined) return undefined;
  const allowed = {
    'access-control-allow-origin': origin,
    'access-control-allow-methods': cors.methods.join(','),
    'access-control-allow-headers': cors.requestHeaders.join(','),
    'access-control-max-age': String(cors.maxAge),
  };
  return { status: 204, headers: cors.origins.includes(origin) ? allowed : {}, body: Buffer.alloc(0) };
}

/** A function's response with the API's CORS headers; the function's own are ignored. */
export function withCors(cors: Cors, origin: string | undefined, response: HttpResponse): HttpResponse {
  const own = Object.entries(response.headers).filter(([name]) => !name.startsWith('access-control-'));
  const allowed = origin !== undefined && cors.origins.includes(origin);
  return {
    ...response,
    headers: {
      ...Object.fromEntries(own),
      ...(allowed && {
        'access-control-allow-origin': origin,
        'access-control-expose-headers': cors.exposedHeaders.join(','),
      }),
    },
  };
}
