/** Backslashes, which browsers read as slashes, and control characters, which browsers drop. */
export function hasUnsafeCharacters(text: string): boolean {
  return /[\\\p{Cc}]/u.test(text);
}

/** The text after repeated percent-decoding, as a server might read it. */
export function decodePercentRepeatedly(text: string): string {
  let undone = text;
  for (let before = ''; before !== undone; ) {
    before = undone;
    undone = before.replace(/(?:%[0-9a-f]{2})+/gi, (bytes) =>
      Buffer.from(bytes.replaceAll('%', ''), 'hex').toString(),
    );
  }
  return undone;
}
