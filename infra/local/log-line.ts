import type { LogRecord } from './log-record.ts';

/** Formats a log record as one readable line: time, level, function, event and fields. */
export function logLine({ time, level, functionName, fields }: LogRecord): string {
  const { event, message, ...rest } = fields;
  const what = [event, message].filter((part) => part !== undefined).map(printable);
  const details = Object.entries(rest).map(([name, value]) => `${name}=${printable(value)}`);
  return [time.slice(11, 19), level.padEnd(5), functionName.padEnd(18), ...what, ...details].join(' ');
}

/** One line for any value: plain text unchanged, anything else as JSON. */
function printable(value: unknown): string {
  const isPlain = typeof value === 'string' && !/\p{Cc}/u.test(value);
  return isPlain ? value : (JSON.stringify(value) ?? String(value));
}
