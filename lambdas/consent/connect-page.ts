import { escapeHtml, htmlPage, isolated, listOf, timeElement } from '../http/html.ts';
import type { ConnectLink } from './connect-link.ts';
import { wordsForScopes } from './scope-words.ts';

interface ConnectPage {
  readonly link: Pick<ConnectLink, 'requester' | 'accountId' | 'email' | 'expiresAt'>;
  /** The link's secret, which the form submits. */
  readonly token: string;
  readonly scopes: readonly string[];
}

/**
 * The page of a connect link: who asks, for what, until when. Its button is a form, so scanners that only open links
 * start nothing.
 */
export function connectPage({ link, token, scopes }: ConnectPage): string {
  return htmlPage(
    'Connect your Gmail',
    `<main>
<h1>Connect your Gmail</h1>
<p class="lead"><strong>${isolated(link.requester)}</strong> asks for lasting access to your Gmail. If you agree, it can do the following, even when you’re signed out:</p>
${listOf(wordsForScopes(scopes))}
${restriction(link)}<p>Google will ask you before anything is granted. You can revoke it at any time.</p>
<form method="post" action="/connect">
<input type="hidden" name="link" value="${escapeHtml(token)}">
<button type="submit">Continue with Google</button>
</form>
<p class="quiet">If you don’t know who is asking, or didn’t expect this, close this page. Nothing has changed.</p>
<p class="quiet"><small>This link works once, in one browser, until ${timeElement(link.expiresAt, 'minute')}.</small></p>
</main>`,
  );
}

function restriction({ accountId, email }: ConnectPage['link']): string {
  if (email !== undefined)
    return `<p>This link is for the Google account <strong>${isolated(email)}</strong> only.</p>\n`;
  return accountId === undefined
    ? ''
    : '<p>This link is for one Google account only. Google will suggest it.</p>\n';
}
