/** The most bytes of an answer's body as it is sent: Lambda lets 6,291,556 through, headers included. */
export const largestResponse = 5_500_000;

/**
 * Bytes of a text within a function's response, which is JSON: quotation marks, backslashes and control characters are
 * escaped there, in a body of JSON for the second time.
 */
function bytesWithin(text: string): number {
  return Buffer.byteLength(JSON.stringify(text)) - 2;
}

/** Bytes that a value, written as JSON, takes in an answer as it is sent. */
export function bytesInResponse(value: unknown): number {
  return bytesWithin(JSON.stringify(value));
}

/** Whether an answer with this body can be sent. */
export function fitsResponse(body: string): boolean {
  // No character takes more than six bytes: most answers need no look.
  return body.length * 6 <= largestResponse || bytesWithin(body) <= largestResponse;
}

/** How many of the items fit an answer, from the first on; the frame around them takes less than a thousand bytes. */
export function countFitting(items: readonly unknown[], room = largestResponse - 1_000): number {
  let left = room;
  const first = items.findIndex((item) => {
    left -= bytesInResponse(item) + 1;
    return left < 0;
  });
  return first < 0 ? items.length : first;
}
