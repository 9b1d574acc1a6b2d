import type { Memory } from './site-messages.ts';

/** Bytes of a megabyte. */
const megabyte = 2 ** 20;

/**
 * How much more a function may hold at the end than after the warm-up, garbage collected, in megabytes. What is kept
 * for good (connections, the client secret, compiled code) is there after the warm-up, or nearly; a leak of 5 KB a
 * request would pass it after 1,000.
 */
const growthAllowed = 5;

/** Says how much was held when. */
export function memoryLines(memories: Readonly<Record<string, Memory>>): readonly string[] {
  return Object.entries(memories).map(([when, { residentBytes, functions }]) => {
    const all = Object.values(functions).reduce((sum, bytes) => sum + bytes, 0);
    const each = ['messages-list', 'auth-callback'].map(
      (name) => `${name} ${inMegabytes(functions[name] ?? 0)}`,
    );
    return `${when}: functions ${inMegabytes(all)} MB (${each.join(', ')}), the process ${inMegabytes(residentBytes)} MB`;
  });
}

/** Names every function that holds more at the end than it may. */
export function memoryFaults({
  start,
  end,
}: {
  readonly start: Memory;
  readonly end: Memory;
}): readonly string[] {
  return Object.entries(end.functions).flatMap(([name, bytes]) => {
    const growth = (bytes - (start.functions[name] ?? 0)) / megabyte;
    return growth > growthAllowed ? [`${name} has grown by ${growth.toFixed(1)} MB`] : [];
  });
}

function inMegabytes(bytes: number): string {
  return (bytes / megabyte).toFixed(1);
}
