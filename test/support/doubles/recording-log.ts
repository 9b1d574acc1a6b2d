import type { LogFields, Logger } from '../../../lambdas/log.ts';

/** A log that keeps its lines. */
export interface RecordingLog extends Logger {
  readonly lines: readonly (LogFields & { readonly level: 'info' | 'warn' | 'error' })[];
}

/** A log that a test reads. */
export function recordingLog(): RecordingLog {
  const lines: RecordingLog['lines'][number][] = [];
  const write = (level: 'info' | 'warn' | 'error') => (fields: LogFields) => {
    lines.push({ level, ...fields });
  };
  return { lines, info: write('info'), warn: write('warn'), error: write('error') };
}
