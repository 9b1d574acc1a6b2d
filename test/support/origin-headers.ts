/** A header of a request, by its name in lower case. */
export type Header = readonly [name: string, value: string];

/** `Sec-Fetch-Site`, once for each value. */
export function fetchSite(...values: readonly string[]): readonly Header[] {
  return values.map((value) => ['sec-fetch-site', value]);
}

/** All that a browser, an old browser or a liar may say in `Sec-Fetch-Site`: nothing, something, or two things. */
export const fetchSites: readonly (readonly Header[])[] = [
  [],
  ...['same-origin', 'same-site', 'cross-site', 'none', ''].map((one) => fetchSite(one)),
  ...['junk', 'SAME-ORIGIN', 'same-origin;x'].map((one) => fetchSite(one)),
  fetchSite('same-origin', 'same-origin'),
  fetchSite('same-origin', 'cross-site'),
  fetchSite('cross-site', 'same-origin'),
];

/**
 * All that they may say in `Origin`: nothing, the site's, an allowed application's, or what only looks like one.
 *
 * @param origin of the site
 * @param app the origin of an application that is allowed
 */
export function originHeaders(origin: string, app: string): readonly (readonly Header[])[] {
  const { port } = new URL(origin);
  const each = [
    ...[origin, app, 'https://evil.example', 'null', '', 'http://localhost'],
    `http://localhost:${Number(port) + 1}`,
    origin.replace('http:', 'https:'),
    origin.replace('localhost', 'LOCALHOST'),
    origin.replace('localhost', 'sub.localhost'),
    origin.replace('localhost', '127.0.0.1'),
    ...[origin, app].flatMap((one) => [`${one}/`, `${one}.evil.example`, `${one},${one}`]),
    `${app}:444`,
    app.toUpperCase(),
  ].map((value): readonly Header[] => [['origin', value]]);
  const twice: readonly Header[] = [
    ['origin', origin],
    ['origin', 'https://evil.example'],
  ];
  return [[], ...each, twice];
}

/** The values of a header, as many as were sent. */
export function valuesOf(headers: readonly Header[], name: string): readonly string[] {
  return headers.filter(([each]) => each === name).map(([, value]) => value);
}
