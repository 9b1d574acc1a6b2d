import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2, Context } from 'aws-lambda';
import type { GatewayMessage } from '../api/answers.ts';
import { Problem, type ProblemCode } from '../errors.ts';
import { describeError, type Logger } from '../log.ts';
import { isBackendRoute } from './backend-route.ts';
import { problemResponse } from './problem-response.ts';
import { type HttpRequest, readRequest, wantsPage } from './request.ts';
import { type HttpResponse, json, seeOther } from './response.ts';
import { fitsResponse } from './response-size.ts';
import { isSpeculative } from './speculative-request.ts';

/** The run of a function, as a route sees it. */
export interface Run {
  /** When Lambda terminates the function, in epoch milliseconds. */
  readonly endsAt: number;
}

/** Serves one request; a thrown Problem becomes its response. */
export type Route = (request: HttpRequest, run: Run) => Promise<HttpResponse>;

/** Dispatches by route key, for a function that serves several routes. */
export function byRouteKey(routes: Readonly<Record<string, Route>>): Route {
  return async (request, run) => {
    const route = routes[request.routeKey];
    // The route table sends no other route here.
    if (route === undefined) throw new Problem('misconfigured');
    return route(request, run);
  };
}

/** A function behind API Gateway. */
export type HttpHandler = (
  event: APIGatewayProxyEventV2,
  context: Context,
) => Promise<APIGatewayProxyStructuredResultV2>;

interface HandlerOptions {
  readonly origin: string;
  readonly log: Logger;
  readonly clock?: () => number;
  /** A URL to redirect the browser to instead of showing the problem, if the problem names none itself. */
  readonly redirectBrowser?: (problem: Problem, request: HttpRequest) => string | undefined;
}

/**
 * Makes a Lambda handler from a route. It parses the event, turns problems into responses, hides unforeseen errors,
 * adds the request ID and writes one log line per request. A response that is too large for Lambda becomes
 * `message_too_large`.
 */
export function createHandler(route: Route, options: HandlerOptions): HttpHandler {
  const { log, clock = Date.now } = options;
  return async (event, context) => {
    const startedAt = clock();
    const request = readRequest(event);
    const { response, problem } = await answer(route, request, options, {
      endsAt: startedAt + context.getRemainingTimeInMillis(),
    });
    const fields = {
      event: 'request',
      requestId: request.requestId,
      route: request.routeKey,
      status: response.statusCode,
      durationMs: clock() - startedAt,
      code: problem?.code,
      remedy: problem?.options.remedy,
      ...signerOf(request, problem),
      ...(problem?.cause === undefined ? {} : describeError(problem.cause)),
    };
    if (problem !== undefined && operatorProblems.includes(problem.code)) log.error(fields);
    else log.info(fields);
    return { ...response, headers: { ...response.headers, 'x-request-id': request.requestId } };
  };
}

/** Who read or changed which account, on a backend route. The account ID is logged only if that account exists. */
function signerOf(request: HttpRequest, problem: Problem | undefined) {
  if (!isBackendRoute(request.routeKey)) return {};
  const { signedBy, pathParameters } = request;
  return { signedBy, ...(problem === undefined && { accountId: pathParameters['accountId'] }) };
}

async function answer(
  route: Route,
  request: HttpRequest,
  { origin, redirectBrowser }: HandlerOptions,
  run: Run,
): Promise<{ response: HttpResponse; problem?: Problem }> {
  // Nearly every route may renew a session or a token. The browser repeats the request when the user opens the page.
  if (isSpeculative(request)) {
    // Chromium would cache a prefetched 204 and show it, so a click would do nothing. A 5xx would raise an alarm.
    return { response: json<GatewayMessage>(403, { message: 'Forbidden' }) };
  }
  try {
    if (request.notUtf8 !== undefined) {
      throw new Problem('invalid_request', { detail: `${request.notUtf8} is not UTF-8.` });
    }
    const response = await route(request, run);
    // Lambda would replace it with an error of its own.
    if (!fitsResponse(response.body ?? '')) throw new Problem('message_too_large');
    return { response };
  } catch (error) {
    const problem = error instanceof Problem ? error : new Problem('internal_error', { cause: error });
    const shownAt = problem.options.shownAt ?? redirectBrowser?.(problem, request);
    const elsewhere = wantsPage(request) ? shownAt : undefined;
    const response =
      elsewhere === undefined ? problemResponse(problem, request, origin) : seeOther(elsewhere);
    return { response, problem };
  }
}

/** Problems that the operator must fix, or that would fail every request while they last. */
const operatorProblems: readonly ProblemCode[] = [
  'internal_error',
  'misconfigured',
  'grant_unreadable',
  'vault_unavailable',
  'storage_unavailable',
];
