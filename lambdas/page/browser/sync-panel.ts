import type { MailboxStatus } from '../../api/answers.ts';
import { startAddress, writeAddress } from './address.ts';
import { displayedErrorOf, isClientError } from './displayed-error.ts';
import { element, find } from './dom.ts';
import { FailedList } from './failed-list.ts';
import { consentLink } from './problem-view.ts';
import { isShownAccount, site } from './site.ts';
import { type SyncWords, wordsOfSync } from './sync-words.ts';
import type { Words } from './words.ts';

/** The interval of the panel's requests, in milliseconds. */
const pace = { moving: 3_000, quiet: 30_000, failed: 15_000 };

/** How long the panel polls faster after a requested sync, in milliseconds. */
const hurry = 120_000;

/** The most IDs of a comparison that are shown. */
const most = 20;

export type SyncPanel = ReturnType<typeof startSyncPanel>;

/** Shows the state of the stored copy, and polls it while the page is visible. */
export function startSyncPanel(words: Words, onNews: (mailbox: MailboxStatus) => void) {
  const place = find('#progress', HTMLElement);
  const findings = element('div');
  const failed = new FailedList();
  let timer: ReturnType<typeof setTimeout> | undefined;
  let asking = new AbortController();
  let stopped = false;
  let hurriedUntil = 0;
  let shown = '';

  /** Stops requests, and drops the pending response. */
  function stop(): void {
    stopped = true;
    asking.abort();
    clearTimeout(timer);
  }

  /** Requests the state at once. */
  async function look(): Promise<void> {
    if (stopped) return;
    clearTimeout(timer);
    asking.abort();
    asking = new AbortController();
    const { signal } = asking;
    let wait = pace.failed;
    try {
      const mailbox = await site(signal).mailbox.status();
      if (signal.aborted) return;
      if (!isShownAccount(mailbox)) return location.reload();
      wait = isMoving(mailbox) || Date.now() < hurriedUntil ? pace.moving : pace.quiet;
      show(mailbox);
      onNews(mailbox);
    } catch (error) {
      if (signal.aborted) return;
      const { code, detail } = displayedErrorOf(error);
      // Signed out in another tab: remove the mail from the screen. The signed-out start page has no script.
      if (code === 'login_required') return location.reload();
      place.replaceChildren(element('p', {}, detail));
      shown = '';
      if (!isClientError(error)) reportError(error);
    }
    clearTimeout(timer);
    if (!document.hidden) timer = setTimeout(look, wait);
  }

  function show(mailbox: MailboxStatus): void {
    const { status, sync, authorizationUrl } = mailbox;
    for (const button of document.querySelectorAll<HTMLButtonElement>('[data-ask]')) {
      button.hidden = sync === undefined || sync.phase === 'paused' || status !== 'active';
    }
    showStrip(mailbox);
    const told = sync && wordsOfSync({ status, sync }, words, Date.now());
    const view = told === undefined ? [nothingCopied()] : progressView(told, sync?.percent ?? 0);
    if (authorizationUrl !== undefined)
      view.push(element('p', {}, consentLink(authorizationUrl, undefined, 'other')));
    const next = JSON.stringify([told, sync?.percent, authorizationUrl]);
    // Keep unchanged parts, so that a screen reader and an opened list are not disturbed.
    if (next === shown) return;
    shown = next;
    const found = told?.found ?? [];
    if (findings.dataset['found'] !== JSON.stringify(found)) {
      findings.dataset['found'] = JSON.stringify(found);
      findings.replaceChildren(...found.map(foundView));
    }
    failed.show(told?.failed);
    if (findings.parentElement !== place) place.replaceChildren(element('div'), failed.view, findings);
    place.firstElementChild?.replaceChildren(...view);
  }

  for (const button of document.querySelectorAll<HTMLButtonElement>('[data-ask]')) {
    button.addEventListener('click', async () => {
      const said = find('#copy-said', HTMLElement);
      button.disabled = true;
      said.textContent = 'One moment…';
      try {
        const { mailbox } = site();
        await (button.dataset['ask'] === 'verify' ? mailbox.verify() : mailbox.sync());
        hurriedUntil = Date.now() + hurry;
        said.textContent = 'Requested. Starts within a minute.';
      } catch (error) {
        if (!isClientError(error)) throw error;
        said.textContent = displayedErrorOf(error).detail;
      }
      button.disabled = false;
      await look();
    });
  }
  document.addEventListener('visibilitychange', () => {
    clearTimeout(timer);
    if (!document.hidden) void look();
  });
  void look();
  return {
    look,
    stop,
    resume: () => {
      stopped = false;
      void look();
    },
  };
}

function isMoving({ sync }: MailboxStatus): boolean {
  if (sync === undefined || sync.phase === 'paused') return false;
  return sync.phase === 'backfill' || sync.verify?.running === true;
}

function nothingCopied(): HTMLElement {
  return element('p', {}, 'Nothing is stored: this site stores no mail, or copying has not started yet.');
}

function progressView({ headline, figures, facts }: SyncWords, percent: number): HTMLElement[] {
  return [
    element('p', { class: 'headline' }, headline),
    element(
      'p',
      { class: 'bar' },
      element('progress', { max: '100', value: String(percent), 'aria-label': 'Copied' }),
      element('span', { class: 'percent' }, `${percent} %`),
    ),
    element('p', { class: 'quiet' }, figures),
    element('dl', {}, ...facts.flatMap(([name, text]) => [element('dt', {}, name), element('dd', {}, text)])),
  ];
}

function foundView([kind, ids]: SyncWords['found'][number]): HTMLElement {
  const link = (id: string) =>
    element('li', {}, element('a', { href: writeAddress({ ...startAddress, message: id }) }, id));
  return element(
    'details',
    {},
    element('summary', {}, `What was ${kind}`),
    element('ul', {}, ...ids.slice(0, most).map(link)),
    ids.length > most && element('p', { class: 'quiet' }, `and ${ids.length - most} more`),
  );
}

/** The same in one line, for layouts with the panel far below. */
function showStrip({ status, sync }: MailboxStatus): void {
  const line = find('#strip', HTMLElement);
  const bar = find('.strip progress', HTMLProgressElement);
  const share = `${sync?.percent} %`;
  const states = { backfill: share, live: sync?.percent === 100 ? 'up to date' : share, paused: 'paused' };
  const state = sync === undefined ? 'none' : states[status === 'active' ? sync.phase : 'paused'];
  line.textContent = `Stored copy: ${state}`;
  bar.hidden = sync?.phase !== 'backfill';
  bar.value = sync?.percent ?? 0;
}
