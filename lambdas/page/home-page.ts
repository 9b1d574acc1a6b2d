import { type GrantSummary, shownStatus } from '../grants/mailbox-status.ts';
import type { Route } from '../http/handler.ts';
import { escapeHtml, htmlPage } from '../http/html.ts';
import { page, script } from '../http/response.ts';
import { readSession, type SessionReading } from '../sessions/read-session.ts';
import { homeScript } from './home-script.ts';

export interface HomePageDependencies extends SessionReading {
  readonly grantSummary: (accountId: string) => Promise<GrantSummary | undefined>;
  /** What the configuration asks for. */
  readonly scopes: readonly string[];
}

/** The start page: who is signed in, and what one can do. */
export function homePageRoute(dependencies: HomePageDependencies): Route {
  return async (request) => {
    if (request.routeKey === 'GET /page.js') return script(homeScript);
    const presented = await readSession(request, dependencies);
    const { session } = presented?.state === 'live' ? presented : { session: undefined };
    const grant = session && (await dependencies.grantSummary(session.accountId));
    const connected = grant !== undefined && grant.generation === session?.generation;
    return page(
      200,
      htmlPage('Gmail offline access', connected ? signedIn(grant, dependencies.scopes) : signedOut),
    );
  };
}

const signedOut = `<main>
<h1>Gmail offline access</h1>
<p>Grant read access to your Gmail once, and this site can list your messages while you are away. You can end it at any time.</p>
<p><a href="/auth/login">Connect Gmail</a></p>
</main>`;

function signedIn(grant: GrantSummary, scopes: readonly string[]): string {
  const name = grant.email === '' ? 'your Google account' : grant.email;
  const state =
    shownStatus(grant, scopes) === 'active'
      ? `<p><a href="/messages">List messages</a> · <a href="/messages?q=is:unread">Unread</a> · <a href="/mailbox">Status</a></p>`
      : `<p>This grant can no longer be used. <a href="/auth/login">Reconnect</a></p>`;
  return `<main>
<h1>Gmail offline access</h1>
<p>Signed in as <strong>${escapeHtml(name)}</strong>.</p>
${state}
<p><button type="button" data-method="POST" data-path="/auth/logout">Log out</button>
<button type="button" data-method="DELETE" data-path="/mailbox" data-confirm="Disconnect? The grant is revoked at Google and everything stored here is erased.">Disconnect</button></p>
<p role="status"></p>
<p><a hidden id="advice">Remove access at Google</a></p>
</main>
<script src="/page.js"></script>`;
}
