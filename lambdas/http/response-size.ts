/** The most bytes of a response body as sent: Lambda's limit is 6,291,556, including headers. */
export const largestResponse = 5_500_000;

/**
 * Bytes of a text within a function's JSON response, where quotation marks, backslashes and control characters are
 * escaped. A JSON body is escaped twice.
 */
function bytesWithin(text: string): number {
  return Buffer.byteLength(JSON.stringify(text)) - 2;
}

/** Bytes of a value, written as JSON, in a response as sent. */
export function bytesInResponse(value: unknown): number {
  return bytesWithin(JSON.stringify(value));
}

/** Whether Lambda can send a response with this body. */
export function fitsResponse(body: string): boolean {
  // No character takes more than six bytes, so most bodies need no exact count.
  return body.length * 6 <= largestResponse || bytesWithin(body) <= largestResponse;
}

/** How many of the items, from the first, fit a response whose other parts take less than 1,000 bytes. */
export function countFitting(items: readonly unknown[], room = largestResponse - 1_000): number {
  let left = room;
  const first = items.findIndex((item) => {
    left -= bytesInResponse(item) + 1;
    return left < 0;
  });
  return first < 0 ? items.length : first;
}
