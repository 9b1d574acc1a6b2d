import type { LogFields, Logger } from '../../lambdas/log.ts';

/** Logs to standard error: standard output is for the result. */
export const toolLog: Logger = { info: writeRecord, warn: writeRecord, error: writeRecord };

/** Writes one structured line. */
export function writeRecord(record: LogFields | Readonly<Record<string, string | number>>): void {
  process.stderr.write(`${JSON.stringify({ time: new Date().toISOString(), ...record })}\n`);
}
