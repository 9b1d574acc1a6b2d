import type { Problem as ProblemAnswer } from '../api/answers.ts';
import {
  googleConnections,
  leavesAccess,
  needsConsent,
  type Problem,
  type ProblemCode,
  problems,
} from '../errors.ts';
import { isBackendRoute } from './backend-route.ts';
import { escapeHtml, htmlPage } from './html.ts';
import { type HttpRequest, wantsPage } from './request.ts';
import { type HttpResponse, json, page } from './response.ts';
import { returnToOrHome } from './return-to.ts';

/** Options of a new consent. */
interface LoginOptions {
  /** Google prompts even a remembered browser; with `select_account` it also asks for the account. */
  readonly prompt?: 'consent' | 'select_account' | undefined;
  /** The code challenge of the application on another origin that receives the user afterwards. */
  readonly codeChallenge?: string | undefined;
}

/** This site's URL that starts a new consent and returns to `returnTo`. */
export function loginUrl(
  origin: string,
  returnTo: string,
  { prompt, codeChallenge }: LoginOptions = {},
): string {
  const url = new URL('/auth/login', origin);
  if (prompt !== undefined) url.searchParams.set('prompt', prompt);
  if (returnTo !== '/') url.searchParams.set('return_to', returnTo);
  if (codeChallenge !== undefined) url.searchParams.set('code_challenge', codeChallenge);
  return url.href;
}

/** The URL that starts a new consent, if that is the remedy. */
function authorizationUrlOf(problem: Problem, request: HttpRequest, origin: string): string | undefined {
  const { offerConsent, invited, returnTo = ownAddress(request), codeChallenge } = problem.options;
  if (invited || leavesAccess(problem.code) || !(needsConsent(problem.code) || offerConsent))
    return undefined;
  // Google would suggest the same account again.
  const prompt = needsOtherAccount(problem.code) ? 'select_account' : undefined;
  return loginUrl(origin, returnTo, { prompt, codeChallenge });
}

function needsOtherAccount(code: ProblemCode): boolean {
  return code === 'account_mismatch' || code === 'gmail_not_enabled';
}

/** Redirects a browser straight to Google if signing in again suffices; every other problem is shown first. */
export function offerLogin(origin: string): (problem: Problem, request: HttpRequest) => string | undefined {
  return (problem, request) =>
    ['login_required', 'grant_revoked'].includes(problem.code)
      ? authorizationUrlOf(problem, request, origin)
      : undefined;
}

/** The response for a problem: RFC 9457 JSON for a program, a page with the same status for a browser. */
export function problemResponse(problem: Problem, request: HttpRequest, origin: string): HttpResponse {
  const { status, title } = problems[problem.code];
  const authorizationUrl = authorizationUrlOf(problem, request, origin);
  const { retryAfterSeconds } = problem.options;
  const response = wantsPage(request)
    ? page(status, problemPage(problem, request.requestId, authorizationUrl))
    : json<ProblemAnswer>(
        status,
        {
          type: 'about:blank',
          title,
          status,
          code: problem.code,
          detail: wordsOf(problem),
          requestId: request.requestId,
          ...(authorizationUrl === undefined ? {} : { authorizationUrl }),
        },
        { type: 'application/problem+json' },
      );
  if (retryAfterSeconds === undefined) return response;
  return { ...response, headers: { ...response.headers, 'retry-after': String(retryAfterSeconds) } };
}

/** What happened and what to do. An invited user still has the connect link; this site does not store it. */
function wordsOf({ code, message, options: { invited, detail = '' } }: Problem): string {
  if (!invited || code === 'invalid_link') return message;
  // Logging out would not help: the link is bound to this browser.
  const words =
    code === 'account_mismatch' ? `${detail} Choose the account that the link is for.`.trim() : message;
  return `${words} Your link may still work: open it once more to try again.`;
}

/** A page requested with GET is worth returning to. A browser cannot open what a backend requested. */
function ownAddress(request: HttpRequest): string {
  if (request.method !== 'GET' || request.path.startsWith('/auth/')) return '/';
  if (isBackendRoute(request.routeKey)) return '/';
  const query = request.query.toString();
  return returnToOrHome(query === '' ? request.path : `${request.path}?${query}`);
}

function problemPage(problem: Problem, requestId: string, authorizationUrl: string | undefined): string {
  const { title } = problems[problem.code];
  const words = needsOtherAccount(problem.code) ? 'Choose another account' : 'Continue with Google';
  const remedy = leavesAccess(problem.code)
    ? buttonTo(googleConnections, 'Remove access at Google')
    : authorizationUrl && buttonTo(authorizationUrl, words);
  const ways =
    remedy === undefined ? buttonTo('/', 'Start page') : `${remedy}\n<p><a href="/">Start page</a></p>`;
  return htmlPage(
    title,
    `<main>
<h1>${escapeHtml(title)}</h1>
<p class="lead">${escapeHtml(wordsOf(problem))}</p>
${ways}
<p class="quiet">
<small>${escapeHtml(problem.code)}, request ${escapeHtml(requestId)}</small>
</p>
</main>`,
  );
}

function buttonTo(href: string, words: string): string {
  return `<p><a class="button" href="${escapeHtml(href)}">${words}</a></p>`;
}
