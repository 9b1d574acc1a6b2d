import { needsConsent, type Problem, problems } from '../errors.ts';
import { escapeHtml, htmlPage } from './html.ts';
import { type HttpRequest, wantsPage } from './request.ts';
import { type HttpResponse, json, page } from './response.ts';
import { returnToOrHome } from './return-to.ts';

/**
 * Our own link that starts a new consent and comes back to `returnTo`, a path of this site. With `promptConsent`
 * Google asks even a browser that we remember.
 */
export function loginUrl(origin: string, returnTo: string, { promptConsent = false } = {}): string {
  const url = new URL('/auth/login', origin);
  if (promptConsent) url.searchParams.set('prompt', 'consent');
  if (returnTo !== '/') url.searchParams.set('return_to', returnTo);
  return url.href;
}

/** Where the remedy is a new consent, the link that starts it. */
function authorizationUrlOf(problem: Problem, request: HttpRequest, origin: string): string | undefined {
  if (!needsConsent(problem.code) && problem.options.offerConsent !== true) return undefined;
  return loginUrl(origin, problem.options.returnTo ?? ownAddress(request));
}

/** Who only has to sign in again is sent there at once; every other problem is told first. */
export function offerLogin(origin: string): (problem: Problem, request: HttpRequest) => string | undefined {
  return (problem, request) =>
    ['login_required', 'grant_revoked'].includes(problem.code)
      ? authorizationUrlOf(problem, request, origin)
      : undefined;
}

/** The answer that tells of a problem: RFC 9457 JSON to a program, a page with the same status to a browser. */
export function problemResponse(problem: Problem, request: HttpRequest, origin: string): HttpResponse {
  const { status, title } = problems[problem.code];
  const authorizationUrl = authorizationUrlOf(problem, request, origin);
  const { retryAfterSeconds } = problem.options;
  const response = wantsPage(request)
    ? page(status, problemPage(problem, request.requestId, authorizationUrl))
    : json(
        status,
        {
          type: 'about:blank',
          title,
          status,
          code: problem.code,
          detail: problem.message,
          requestId: request.requestId,
          ...(authorizationUrl === undefined ? {} : { authorizationUrl }),
        },
        { type: 'application/problem+json' },
      );
  if (retryAfterSeconds === undefined) return response;
  return { ...response, headers: { ...response.headers, 'retry-after': String(retryAfterSeconds) } };
}

/** A page that was asked for with GET is worth coming back to. */
function ownAddress(request: HttpRequest): string {
  if (request.method !== 'GET' || request.path.startsWith('/auth/')) return '/';
  const query = request.query.toString();
  return returnToOrHome(query === '' ? request.path : `${request.path}?${query}`);
}

function problemPage(problem: Problem, requestId: string, authorizationUrl: string | undefined): string {
  const { title } = problems[problem.code];
  const button =
    authorizationUrl === undefined
      ? ''
      : `<p><a href="${escapeHtml(authorizationUrl)}">Continue with Google</a></p>\n`;
  return htmlPage(
    title,
    `<main>
<h1>${escapeHtml(title)}</h1>
<p>${escapeHtml(problem.message)}</p>
${button}<p><a href="/">Start page</a></p>
<p><small>${escapeHtml(problem.code)}, request ${escapeHtml(requestId)}</small></p>
</main>`,
  );
}
