import type { GrantSummary, shownStatus } from '../grants/mailbox-status.ts';
import { escapeHtml, isolated } from '../http/html.ts';

export interface WelcomePage {
  /** Where a consent starts. */
  readonly login: string;
  /** What it will ask for. */
  readonly words: readonly string[];
}

/** What a person sees whom the site does not know. */
export function welcomePage({ login, words }: WelcomePage): string {
  return `<main class="welcome">
<h1>Your mail, also while you are away</h1>
<p class="lead">Connect your Gmail once, and this site can list your messages and keep a copy of that list in step, whether or not you are here.</p>
<p><a class="button" href="${escapeHtml(login)}">Connect Gmail</a></p>
<h2>What Google will ask you</h2>
<p>Whether this site may:</p>
<ul>
${listOf(words)}
</ul>
<p>It reads your mail to list it for you, and needs to know the account so that nobody else is shown it. Tokens and copy are encrypted where they are stored.</p>
<h2>How it ends</h2>
<p>Disconnect here whenever you like: then the access ends, and everything kept of your mailbox is erased. You can also <a href="https://myaccount.google.com/connections" rel="noopener">remove the access at Google</a>.</p>
</main>
${end}`;
}

export interface MailPage {
  readonly grant: GrantSummary;
  readonly status: ReturnType<typeof shownStatus>;
  readonly login: string;
  /** What the grant opens. */
  readonly words: readonly string[];
}

const days = new Intl.DateTimeFormat('en-GB', { dateStyle: 'long', timeZone: 'UTC' });

/** The frame of a person's mail: the search, a place for its results, the offline copy, the account. */
export function mailPage({ grant, status, login, words }: MailPage): string {
  const name = grant.email === '' ? 'your Google account' : grant.email;
  return `<p class="skip"><a href="#results">Skip to the messages</a></p>
<div class="columns" id="mail" data-account="${escapeHtml(grant.accountId)}" data-status="${escapeHtml(status)}">
<main>
<h1 class="unseen">Mail</h1>
<p class="strip"><a href="#copy"><span id="strip">Offline copy</span><progress max="100" value="0" hidden aria-hidden="true"></progress></a></p>
${searchForm}
<p id="count" role="status"></p>
<div id="results" tabindex="-1">
${status === 'active' ? '<p class="quiet">Loading…</p>' : reconnect(login)}
</div>
<noscript><p class="notice">This page needs JavaScript to show your mail. The same list is at <a href="/messages">/messages</a>, as JSON.</p></noscript>
</main>
<div class="side">
<section id="copy" aria-labelledby="copy-heading">
<h2 id="copy-heading">Offline copy</h2>
<div id="progress"><p class="quiet">Loading…</p></div>
<p class="buttons"><button type="button" data-ask="sync">Sync now</button><button type="button" data-ask="verify">Verify</button></p>
<p role="status" class="said" id="copy-said"></p>
</section>
<section aria-labelledby="account-heading">
<h2 id="account-heading">Account</h2>
<p>Signed in as <strong>${isolated(name)}</strong>, connected since ${dayOf(grant.connectedAt)}.</p>
${grant.grantExpiresAt === undefined ? '' : expiry(grant.grantExpiresAt, login)}
<details>
<summary>What this site may do</summary>
<ul>
${listOf(words)}
</ul>
</details>
<p class="buttons"><button type="button" id="logout">Log out</button><button type="button" id="disconnect" class="danger" aria-haspopup="dialog">Disconnect…</button></p>
<p role="status" class="said" id="account-said"></p>
</section>
</div>
</div>
${end}
${disconnectDialog(name)}`;
}

const end = '<footer class="end"><a href="/docs">What programs can do here: the API</a></footer>';

const searchForm = `<form id="search" role="search" action="/" method="get">
<div class="query" data-source="live"><label class="unseen" for="q">Search mail</label><input id="q" name="q" type="search" autocomplete="off" spellcheck="false" maxlength="2000" placeholder="Search mail: from:grace is:unread"></div>
<div class="query dates" data-source="copy" hidden><label>From <input name="from" type="date"></label><label>to <input name="to" type="date"></label></div>
<button type="submit">Search</button>
<fieldset class="switch"><legend class="unseen">Where to look</legend><label><input type="radio" name="source" value="live" checked><span>Live from Gmail</span></label><label><input type="radio" name="source" value="copy"><span>Offline copy</span></label></fieldset>
<label class="label">Label <select name="label"><option value="">All mail</option></select></label>
</form>`;

function dayOf(time: number): string {
  return `<time datetime="${new Date(time).toISOString()}">${days.format(time)}</time>`;
}

function expiry(grantExpiresAt: number, login: string): string {
  return `<p>Google ends this access on ${dayOf(grantExpiresAt)}. <a href="${escapeHtml(login)}">Renew it</a></p>`;
}

function reconnect(login: string): string {
  return `<section class="problem">
<h2>Google no longer gives access to this mailbox</h2>
<p>The access was removed, has ended, or lacks a permission that is needed now. Grant it again to go on.</p>
<p><a class="button" href="${escapeHtml(login)}">Reconnect</a></p>
</section>`;
}

function disconnectDialog(name: string): string {
  return `<dialog id="disconnect-dialog" aria-labelledby="disconnect-heading">
<h2 id="disconnect-heading">Disconnect ${isolated(name)}?</h2>
<p>This ends at once, and cannot be undone:</p>
<ul>
<li>the access to your mailbox: Google is told to revoke it, also for other applications of the same project</li>
<li>every session of this account, on all devices</li>
<li><span id="copy-size">the offline copy</span>, which is erased here in the next minutes</li>
</ul>
<p>Your mail at Gmail stays as it is.</p>
<p class="buttons"><button type="button" class="primary danger" id="disconnect-now">Disconnect and erase</button><button type="button" id="disconnect-not" autofocus>Keep it connected</button></p>
<p role="status" class="said" id="disconnect-said"></p>
</dialog>`;
}

function listOf(words: readonly string[]): string {
  return words.map((word) => `<li>${escapeHtml(word)}</li>`).join('\n');
}
