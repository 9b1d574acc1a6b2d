import { googleConnections } from '../errors.ts';
import type { GrantSummary, shownStatus } from '../grants/mailbox-status.ts';
import { escapeHtml, isolated, listOf, timeElement } from '../http/html.ts';

export interface WelcomePage {
  readonly login: string;
  readonly words: readonly string[];
  /** Who may connect a mailbox without an invitation. */
  readonly signUp: 'links-only' | 'domains' | 'open';
}

export function welcomePage({ login, words, signUp }: WelcomePage): string {
  return `<main class="welcome">
<h1>Keep your Gmail connected</h1>
<p class="lead">Connect your Gmail once, and this site can list your messages and keep its copy of that list up to date, even when you’re signed out.</p>
${waysIn(login)[signUp]}
<h2>What Google will ask you</h2>
<p>Whether this site may:</p>
${listOf(words)}
<p>It reads your mail to list it for you, and asks which account you use so that only you see your mail. Tokens and the copy are stored encrypted.</p>
<h2>How it ends</h2>
<p>Disconnect here at any time: access ends, and everything stored of your mailbox is erased. You can also <a href="${googleConnections}" rel="noopener">remove access at Google</a>.</p>
</main>
${end}`;
}

/** How to connect. If the site requires an invitation, a user without one is not sent to Google. */
function waysIn(login: string): Record<WelcomePage['signUp'], string> {
  const button = (words: string) => `<p><a class="button" href="${escapeHtml(login)}">${words}</a></p>`;
  return {
    open: button('Connect Gmail'),
    domains: `${button('Connect Gmail')}
<p>For members of this site’s organization. Others need an invitation: open the link you were sent.</p>`,
    'links-only': `<p>You can connect by invitation: open the link you were sent. Already connected?</p>
${button('Sign in')}`,
  };
}

/** The result of a disconnect, in words. The page has no script, so they stay until the user leaves. */
const disconnectedWords = {
  revoked: 'Access to your Gmail has ended, and everything stored here is erased within minutes.',
  unrevoked:
    'Everything stored here is erased within minutes. We couldn’t revoke access at Google. Please remove it there.',
  reconnected:
    'You connected again at the same moment, and that new connection remains. Sign in and disconnect once more to end it too.',
};

type HowDisconnected = keyof typeof disconnectedWords;

export function isDisconnectOutcome(how: string): how is HowDisconnected {
  return Object.hasOwn(disconnectedWords, how);
}

export function disconnectedPage(how: HowDisconnected): string {
  const remove = `<p><a class="button" href="${googleConnections}" rel="noopener">Remove access at Google</a></p>\n`;
  return `<main>
<h1>Disconnected</h1>
<p class="lead" role="status">${disconnectedWords[how]}</p>
${how === 'unrevoked' ? remove : ''}<p><a href="/">Start page</a></p>
</main>`;
}

interface MailPage {
  readonly grant: GrantSummary;
  readonly status: ReturnType<typeof shownStatus>;
  readonly login: string;
  readonly words: readonly string[];
}

/**
 * The frame of the user's mail: the search, its results, the stored copy, the account. Parts of class `live` need the
 * script and are hidden until it runs.
 */
export function mailPage({ grant, status, login, words }: MailPage): string {
  const name = grant.email === '' ? 'your Google account' : grant.email;
  return `<p class="skip"><a href="#results">Skip to the messages</a></p>
<div class="columns" id="mail" data-account="${escapeHtml(grant.accountId)}" data-status="${escapeHtml(status)}">
<main>
<h1 class="unseen">Mail</h1>
<p class="strip live"><a href="#copy"><span id="strip">Stored copy</span><progress max="100" value="0" hidden aria-hidden="true"></progress></a></p>
${searchForm}
<p id="count" role="status"></p>
<div id="results" tabindex="-1">
${status === 'active' ? '<p class="quiet live">Loading…</p>' : reconnect(login)}
</div>
<noscript><p class="notice">This page needs JavaScript. Without it, your messages are listed at <a href="/messages">/messages</a>, as JSON.</p></noscript>
</main>
<div class="side">
<section class="live" id="copy" aria-labelledby="copy-heading">
<h2 id="copy-heading">Stored copy</h2>
<p class="quiet">What this site stores of your mail, encrypted: senders, recipients, subjects, labels and previews. You can read it here even when Gmail can’t be reached.</p>
<div id="progress"><p class="quiet">Loading…</p></div>
<p class="buttons"><button type="button" data-ask="sync">Sync now</button><button type="button" data-ask="verify">Check against Gmail</button></p>
<p role="status" class="said" id="copy-said"></p>
</section>
<section aria-labelledby="account-heading">
<h2 id="account-heading">Account</h2>
<p>Signed in as <strong>${isolated(name)}</strong>, connected since ${timeElement(grant.connectedAt)}.</p>
${grant.grantExpiresAt === undefined || status === 'revoked' ? '' : expiry(grant.grantExpiresAt, login)}
<details>
<summary>What this site may do</summary>
${listOf(words)}
</details>
<p class="buttons live"><button type="button" id="logout">Log out</button><button type="button" id="disconnect" class="danger" aria-haspopup="dialog">Disconnect…</button></p>
<p role="status" class="said" id="account-said"></p>
</section>
</div>
</div>
${end}
${disconnectDialog(name)}`;
}

const end = '<footer class="end"><a href="/docs">API documentation</a></footer>';

const searchForm = `<form class="live" id="search" role="search" action="/" method="get">
<div class="query" data-source="live"><label class="unseen" for="q">Search mail</label><input id="q" name="q" type="search" autocomplete="off" spellcheck="false" maxlength="2000" placeholder="Search mail: from:grace is:unread"></div>
<div class="query dates" data-source="copy" hidden><label>From <input name="from" type="date"></label><label>to <input name="to" type="date"></label></div>
<button type="submit">Search</button>
<fieldset class="switch"><legend class="unseen">Where to look</legend><label><input type="radio" name="source" value="live" checked><span>Live from Gmail</span></label><label><input type="radio" name="source" value="copy"><span>Stored copy</span></label></fieldset>
<label class="label">Label <select name="label"><option value="">All mail</option></select></label>
</form>`;

function expiry(grantExpiresAt: number, login: string): string {
  return `<p>Google ends this access on ${timeElement(grantExpiresAt)}. <a href="${escapeHtml(login)}">Renew it</a></p>`;
}

function reconnect(login: string): string {
  return `<section class="problem">
<h2>Access to your Gmail has ended</h2>
<p>It was removed or has expired, or this site now needs another permission. Reconnect to continue.</p>
<p><a class="button" href="${escapeHtml(login)}">Reconnect</a></p>
</section>`;
}

function disconnectDialog(name: string): string {
  return `<dialog id="disconnect-dialog" aria-labelledby="disconnect-heading">
<h2 id="disconnect-heading">Disconnect ${isolated(name)}?</h2>
<p>This ends at once and cannot be undone:</p>
<ul>
<li>access to your mailbox: Google revokes it, for other applications of the same project too</li>
<li>every session of this account, on all devices</li>
<li><span id="copy-size">the stored copy</span>, which is erased within minutes</li>
</ul>
<p>Your mail at Gmail stays as it is.</p>
<p class="buttons"><button type="button" class="primary danger" id="disconnect-now">Disconnect and erase</button><button type="button" id="disconnect-not" autofocus>Keep it connected</button></p>
<p role="status" class="said" id="disconnect-said"></p>
</dialog>`;
}
