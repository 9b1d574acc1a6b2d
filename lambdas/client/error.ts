import type { ProblemCode } from '../errors.ts';

/** What the site, or what stands before it, said of a request that failed. */
export interface Failure {
  readonly code: FailureCode;
  readonly status: number;
  readonly detail: string;
  readonly requestId?: string | undefined;
  readonly authorizationUrl?: string | undefined;
  readonly retryAfterSeconds?: number | undefined;
}

/**
 * A problem's stable code; `gateway` where the answer names none, because something before the site's functions gave it. A
 * newer site may have codes that this client does not know.
 */
export type FailureCode = ProblemCode | 'gateway' | (string & {});

/** The site answered with a problem. What never came to an answer is thrown as `fetch` throws it. */
export class GmailOfflineAccessError extends Error {
  override readonly name = 'GmailOfflineAccessError';
  readonly code: FailureCode;
  /** The HTTP status. */
  readonly status: number;
  /** What happened and what to do next, for people. */
  readonly detail: string;
  /** Names the request in the site's log. */
  readonly requestId: string | undefined;
  /** Where to send the person's browser, if the remedy is a new consent. */
  readonly authorizationUrl: string | undefined;
  /** When another try makes sense, if the site said so. */
  readonly retryAfterSeconds: number | undefined;

  constructor({ code, status, detail, requestId, authorizationUrl, retryAfterSeconds }: Failure) {
    super(`${code} (${status}): ${detail}`);
    this.code = code;
    this.status = status;
    this.detail = detail;
    this.requestId = requestId;
    this.authorizationUrl = authorizationUrl;
    this.retryAfterSeconds = retryAfterSeconds;
  }
}

/** Reads an answer that tells of a failure. */
export async function failureOf(response: Response): Promise<GmailOfflineAccessError> {
  const body = fieldsOf(await response.text());
  const seconds = Number(response.headers.get('retry-after') ?? Number.NaN);
  return new GmailOfflineAccessError({
    code: textOf(body['code']) ?? 'gateway',
    status: response.status,
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
