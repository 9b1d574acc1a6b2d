import { Problem } from '../errors.ts';
import type { Route } from '../http/handler.ts';
import { file, page, staticFile } from '../http/response.ts';

interface DescriptionTexts {
  /** OpenAPI 3.1, in JSON. */
  readonly openApi: string;
  readonly docs: string;
  readonly style: string;
}

/** Serves the description of the API, for programs and for people. It is the same for everybody. */
export function serveDescriptionRoute({ openApi, docs, style }: DescriptionTexts): Route {
  const files = {
    'GET /openapi.json': staticFile('application/json', openApi),
    'GET /docs.css': staticFile('text/css', style),
  };
  return async (request) => {
    const { routeKey } = request;
    if (routeKey === 'GET /docs') return page(200, docs);
    if (routeKey === 'GET /openapi.json' || routeKey === 'GET /docs.css')
      return file(request, files[routeKey]);
    // The route table sends no other route here.
    throw new Problem('misconfigured');
  };
}
