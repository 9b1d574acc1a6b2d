import type { ProblemCode } from '../errors.ts';

/**
 * The client's own codes, for a request without a response of the site:
 *
 * - `invalid_base_url`: `site` is not the origin of a site; thrown when the client is created
 * - `signing_failed`: the given `sign` threw, as `cause`
 * - `network_error`: the site could not be reached, or the connection broke during the response
 * - `timeout`, `aborted`: the given `fetch` timed out or was aborted
 * - `unexpected_response`: a page, a redirect, no JSON or nothing, such as from a proxy
 */
export type ClientCode =
  | 'invalid_base_url'
  | 'signing_failed'
  | 'network_error'
  | 'timeout'
  | 'aborted'
  | 'unexpected_response';

/**
 * The code of the site's problem; `gateway` for a response without a code, which the site's functions did not send; or
 * a code of the client. A newer site may have codes that this client does not know.
 */
export type FailureCode = ProblemCode | 'gateway' | ClientCode | (string & {});

/** A request failed: the site returned a problem, or no response. */
export class GmailOfflineAccessError extends Error {
  override readonly name = 'GmailOfflineAccessError';
  declare readonly code: FailureCode;
  /** The HTTP status, unless there was no complete response. */
  readonly status: number | undefined;
  /** What happened, in a line for people. */
  readonly title: string | undefined;
  /** What happened and what to do next, for people. */
  declare readonly detail: string;
  /** Names the request in the site's log. */
  readonly requestId: string | undefined;
  /** Where to send the user's browser, if the remedy is a new consent. */
  readonly authorizationUrl: string | undefined;
  /** When a retry makes sense, if the site named a time. */
  readonly retryAfterSeconds: number | undefined;

  constructor({ cause, ...failure }: Failure) {
    const { code, status, detail } = failure;
    super(
      `${code}${status === undefined ? '' : ` (${status})`}: ${detail}`,
      cause === undefined ? {} : { cause },
    );
    Object.assign(this, failure);
  }
}

/** The properties of a GmailOfflineAccessError; only `code` and `detail` are always known. */
export type Failure = Pick<GmailOfflineAccessError, 'code' | 'detail' | 'cause'> &
  Partial<
    Pick<GmailOfflineAccessError, 'status' | 'title' | 'requestId' | 'authorizationUrl' | 'retryAfterSeconds'>
  >;

/** Reads the response to a failed request. */
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
    // A page, such as a proxy's: only its status is known.
    return {};
  }
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}
