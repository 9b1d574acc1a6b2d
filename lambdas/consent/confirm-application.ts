import type { CookieJar } from '../http/cookies.ts';
import { originOf } from '../http/foreign-address.ts';
import { escapeHtml, htmlPage, isolated, listOf } from '../http/html.ts';
import type { HttpRequest } from '../http/request.ts';
import { hashOf } from '../secrets.ts';
import { wordsForScopes } from './scope-words.ts';

const mostRemembered = 10;

/**
 * Whether the confirmation page can be skipped: the browser remembers that the user continued to this address, and the
 * request comes from there. A link in a mail or on another page always shows it.
 */
export function isConfirmed(request: HttpRequest, returnTo: string, cookies: CookieJar): boolean {
  const referrer = URL.parse(request.headers['referer'] ?? '')?.origin;
  return referrer === originOf(returnTo) && remembered(request, cookies).includes(hashOf(returnTo));
}

/** The cookie that remembers that the user continued to this address. */
export function rememberApplication(request: HttpRequest, returnTo: string, cookies: CookieJar): string {
  const others = remembered(request, cookies).filter((address) => address !== hashOf(returnTo));
  return cookies.write('applications', [hashOf(returnTo), ...others].slice(0, mostRemembered).join('.'));
}

function remembered(request: HttpRequest, cookies: CookieJar): string[] {
  return cookies.read(request, 'applications')?.split('.') ?? [];
}

/**
 * The confirmation page before a user is handed over to an application elsewhere, because anyone can write the link
 * that starts it. Its button is a form, which only a page of this site can send.
 */
export function confirmPage(request: HttpRequest, returnTo: string, scopes: readonly string[]): string {
  const application = isolated(originOf(returnTo).replace(/^https:\/\//, ''));
  const fields = [...request.query].map(
    ([name, value]) => `<input type="hidden" name="${escapeHtml(name)}" value="${escapeHtml(value)}">`,
  );
  return htmlPage(
    'Continue to another application',
    `<main>
<h1>Continue to ${application}?</h1>
<p class="lead"><strong>${application}</strong> will be able to do the following with the Gmail of the account that you choose:</p>
${listOf(wordsForScopes(scopes))}
<form method="post" action="/auth/login">
${fields.join('\n')}
<button type="submit">Continue with Google</button>
</form>
<p class="quiet">If you don’t come from ${application}, close this page. Nothing has changed.</p>
</main>`,
  );
}
