import type { ProblemCode } from '../errors.ts';

/** What is known of a request that failed. */
export interface Failure {
  readonly code: FailureCode;
  readonly status?: number | undefined;
  readonly title?: string | undefined;
  readonly detail: string;
  readonly requestId?: string | undefined;
  readonly authorizationUrl?: string | undefined;
  readonly retryAfterSeconds?: number | undefined;
  readonly cause?: unknown;
}

/**
 * The codes of the client itself, for a request that the site did not answer:
 *
 * - `invalid_base_url`: `site` is not the origin of a site; thrown when the client is made
 * - `signing_failed`: the given `sign` threw, as `cause`
 * - `network_error`: the site could not be reached, or the connection broke before the answer was complete
 * - `timeout`: the given `fetch` gave up; `aborted`: it was told to
 * - `unexpected_response`: something in between answered: a page, a redirect, no JSON, or nothing where JSON is due
 */
export type ClientCode =
  | 'invalid_base_url'
  | 'signing_failed'
  | 'network_error'
  | 'timeout'
  | 'aborted'
  | 'unexpected_response';

/**
 * The code of the site's problem; `gateway` for a failure without a code, from something before the site's functions; or
 * a code of the client itself. A newer site may have codes that this client does not know.
 */
export type FailureCode = ProblemCode | 'gateway' | ClientCode | (string & {});

/** A request failed: the site answered with a problem, or did not answer. */
export class GmailOfflineAccessError extends Error {
  override readonly name = 'GmailOfflineAccessError';
  readonly code: FailureCode;
  /** The HTTP status, unless there was no complete answer. */
  readonly status: number | undefined;
  /** What happened, in a line for people, if the site said it. */
  readonly title: string | undefined;
  /** What happened and what to do next, for people. */
  readonly detail: string;
  /** Names the request in the site's log. */
  readonly requestId: string | undefined;
  /** Where to send the person's browser, if the remedy is a new consent. */
  readonly authorizationUrl: string | undefined;
  /** When another try makes sense, if the site said so. */
  readonly retryAfterSeconds: number | undefined;

  constructor(failure: Failure) {
    const { code, status, title, detail, requestId, authorizationUrl, retryAfterSeconds, cause } = failure;
    super(
      `${code}${status === undefined ? '' : ` (${status})`}: ${detail}`,
      cause === undefined ? {} : { cause },
    );
    this.code = code;
    this.status = status;
    this.title = title;
    this.detail = detail;
    this.requestId = requestId;
    this.authorizationUrl = authorizationUrl;
    this.retryAfterSeconds = retryAfterSeconds;
  }
}

/** Reads the answer to a request that failed. */
export function failureOf(response: Response, text: string): GmailOfflineAccessError {
  const body = fieldsOf(text);
  const seconds = Number(response.headers.get('retry-after') ?? Number.NaN);
  return new GmailOfflineAccessError({
    code: textOf(body['code']) ?? 'gateway',
    status: response.status,
    title: textOf(body['title']),
    detail: textOf(body['detail']) ?? textOf(body['message']) ?? response.statusText,
    requestId: textOf(body['requestId']) ?? response.headers.get('apigw-requestid') ?? undefined,
    authorizationUrl: textOf(body['authorizationUrl']),
    retryAfterSeconds: Number.isFinite(seconds) ? seconds : undefined,
  });
}

function fieldsOf(text: string): Readonly<Record<string, unknown>> {
  try {
    return Object.fromEntries(Object.entries(JSON.parse(text) ?? {}));
  } catch {
    // A page of something in between: its status is all that it tells.
    return {};
  }
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}
