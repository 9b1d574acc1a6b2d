/** What of an answer its headers must fit. */
export interface SeenAnswer {
  readonly routeKey: string;
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
}

/** What is the same for everybody, and may stay in a browser. */
const publicFiles = ['GET /page.js', 'GET /page.css', 'GET /openapi.json', 'GET /docs.css'];

/**
 * Finds what an answer's headers leave open (OWASP ASVS 5.0.0, chapters 3.3, 3.4, 3.5, 4.1 and 14.3).
 *
 * @returns a line for each fault; none for an answer as it should be
 */
export function headerFaults(answer: SeenAnswer): readonly string[] {
  const { routeKey, status, headers, text } = answer;
  const type = headers.get('content-type') ?? '';
  const isPage = type.startsWith('text/html');
  const isLinkPage = routeKey === 'GET /connect' && status === 200;
  const isFile = publicFiles.includes(routeKey) && [200, 304].includes(status);
  const wanted: Readonly<Record<string, RegExp>> = {
    'strict-transport-security': /^max-age=31536000; includeSubDomains$/,
    'x-content-type-options': /^nosniff$/,
    // Its form must be able to say where it comes from; its address stays out of the Referer all the same.
    'referrer-policy': isLinkPage ? /^strict-origin$/ : /^no-referrer$/,
    'cross-origin-resource-policy': /^same-origin$/,
    'cache-control': isFile ? /^public, max-age=/ : /^no-store$/,
    'content-security-policy':
      /^default-src 'none'; (?!.*(unsafe|\*)).*base-uri 'none'; frame-ancestors 'none'$/,
    'x-request-id': /^[\w-]{8,}={0,2}$/,
    ...(isPage && { 'cross-origin-opener-policy': /^same-origin$/ }),
    ...(text !== '' && {
      'content-type': /^(application\/(problem\+)?json(; charset=utf-8)?|text\/\w+; charset=utf-8)$/,
    }),
  };
  const faults = Object.entries(wanted).flatMap(([name, pattern]) => {
    const value = headers.get(name);
    return value !== null && pattern.test(value) ? [] : [`${name}: ${value}`];
  });
  const talkative = [
    'server',
    'x-powered-by',
    'access-control-allow-origin',
    'access-control-allow-credentials',
  ];
  return [
    ...faults,
    ...talkative.filter((name) => headers.has(name)).map((name) => `it has ${name}`),
    ...headers.getSetCookie().flatMap(cookieFaults),
  ].map((fault) => `${routeKey}: ${status}: ${fault}`);
}

/** On loopback without Secure and the prefix, which browsers refuse there; with them, see the cookies' own test. */
function cookieFaults(line: string): readonly string[] {
  const [pair = '', ...attributes] = line.split('; ');
  const [name = ''] = pair.split('=');
  const missing = ['Path=/', 'HttpOnly', 'SameSite=Lax'].filter(
    (attribute) => !attributes.includes(attribute),
  );
  const isWide = attributes.some((attribute) => /^(domain|expires)=/i.test(attribute));
  return [
    ...missing.map((attribute) => `cookie ${name} lacks ${attribute}`),
    ...(isWide ? [`cookie ${name} is wide`] : []),
  ];
}
