/** @throws always: no request asks for HTTP/2. */
export function request(): never {
  throw new Error('A request asked for HTTP/2, which this bundle leaves out.');
}
