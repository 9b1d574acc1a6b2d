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

/** What a route knows of its run besides the request. */
export interface Run {
  /** When the function is ended, in epoch milliseconds. */
  readonly endsAt: number;
}

/** Answers one request; a thrown Problem is turned into its answer. */
export type Route = (request: HttpRequest, run: Run) => Promise<HttpResponse>;

/** A function behind API Gateway. */
export type HttpHandler = (
  event: APIGatewayProxyEventV2,
  context: Context,
) => Promise<APIGatewayProxyStructuredResultV2>;

export interface HandlerOptions {
  readonly origin: string;
  readonly log: Logger;
  readonly clock?: () => number;
  /** Where a browser is sent instead of being shown a problem that does not name such an address itself. */
  readonly redirectBrowser?: (problem: Problem, request: HttpRequest) => string | undefined;
}

/**
 * Makes a Lambda handler of a route: reads the event, answers problems in words, keeps what is unforeseen to
 * itself, gives every answer its request ID and writes one log line a request. An answer that Lambda would not send is
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

/** Who read or changed what of whom, on a backend route. An account's number is told only where there is such an account. */
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
  // Nearly every route may renew a session or a token. The browser asks again when the person goes there.
  if (isSpeculative(request)) {
    // Chromium stores a prefetched 204, and then shows it: a click would do nothing. 5xx would raise an alarm.
    return { response: json<GatewayMessage>(403, { message: 'Forbidden' }) };
  }
  try {
    if (request.notUtf8 !== undefined) {
      throw new Problem('invalid_request', { detail: `${request.notUtf8} is not UTF-8.` });
    }
    const response = await route(request, run);
    // Lambda would answer with an error of its own.
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

/** Problems that somebody has to mend, or that would spoil every request while they last. */
const operatorProblems: readonly ProblemCode[] = [
  'internal_error',
  'misconfigured',
  'grant_unreadable',
  'vault_unavailable',
  'storage_unavailable',
];
