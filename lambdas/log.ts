/** Everything a log line may say. What is not here cannot be logged: tokens, codes, cookies and mail are not. */
export interface LogFields {
  /** What happened, in words that do not vary. */
  readonly event: string;
  readonly requestId?: string | undefined;
  readonly route?: string | undefined;
  readonly status?: number | undefined;
  readonly durationMs?: number | undefined;
  /** A problem's code. */
  readonly code?: string | undefined;
  /** Google's stable account number, never an address. */
  readonly accountId?: string | undefined;
  /** What kind of token was decrypted: `refresh`, `access` or `login`. */
  readonly tokenKind?: string | undefined;
  /** What it was decrypted for. */
  readonly reason?: string | undefined;
  /** The ARN of the AWS identity that signed a backend's request. */
  readonly signedBy?: string | undefined;
  /** An `error` code of OAuth 2.0 or a `reason` of Gmail's, as letters and underscores. */
  readonly googleError?: string | undefined;
  readonly googleStatus?: number | undefined;
  readonly errorName?: string | undefined;
  readonly errorCode?: string | undefined;
  /** The places in our code, without the message, which may quote anything. */
  readonly stack?: string | undefined;
  readonly admitted?: number | undefined;
  readonly postponed?: number | undefined;
  readonly erased?: number | undefined;
  readonly started?: number | undefined;
  /** Changes that the event bus was told. */
  readonly published?: number | undefined;
  readonly resumed?: number | undefined;
  readonly finished?: number | undefined;
  /** Quota units of Gmail. */
  readonly units?: number | undefined;
  /** What the operator is to do about it. */
  readonly remedy?: string | undefined;
}

const allowed: ReadonlySet<string> = new Set<keyof LogFields>([
  'event',
  'requestId',
  'route',
  'status',
  'durationMs',
  'code',
  'accountId',
  'tokenKind',
  'reason',
  'signedBy',
  'googleError',
  'googleStatus',
  'errorName',
  'errorCode',
  'stack',
  'admitted',
  'postponed',
  'erased',
  'started',
  'published',
  'resumed',
  'finished',
  'units',
  'remedy',
]);

/** Writes one structured line for each call. */
export interface Logger {
  info(fields: LogFields): void;
  warn(fields: LogFields): void;
  error(fields: LogFields): void;
}

/** The log of a function: Lambda's JSON log format takes the object as it is and adds level and time. */
export const log: Logger = {
  info: (fields) => console.info(pick(fields)),
  warn: (fields) => console.warn(pick(fields)),
  error: (fields) => console.error(pick(fields)),
};

/** What may be said of any error, whoever threw it: its name, its code and where it arose. */
export function describeError(error: unknown): Pick<LogFields, 'errorName' | 'errorCode' | 'stack'> {
  if (!(error instanceof Error)) return { errorName: typeof error };
  const code = 'code' in error && typeof error.code === 'string' ? error.code : undefined;
  // The message stands at the start of the stack, and may itself have lines that look like places.
  const { stack = '', message } = error;
  const start = stack.indexOf(message);
  const places = start < 0 ? [] : stack.slice(start + message.length).split('\n');
  return { errorName: error.name, errorCode: code, stack: places.slice(1, 9).join('\n') };
}

function pick(fields: LogFields): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(fields)
      .filter(([key, value]) => allowed.has(key) && value !== undefined)
      .map(([key, value]) => [key, foreignWords.has(key) && !isName(value) ? 'unknown' : value]),
  );
}

/** Fields that repeat what another service, or whoever stands between, said. */
const foreignWords: ReadonlySet<string> = new Set<keyof LogFields>(['errorName', 'errorCode', 'googleError']);

/** Whether it is the name of an error, such as `ERR_HTTP2_ERROR`: letters and hardly a digit, unlike any secret. */
function isName(value: unknown): boolean {
  return typeof value === 'string' && /^[A-Za-z_.]{1,60}(\d[A-Za-z_.]{0,20})?$/.test(value);
}
