import type { MailboxStatus } from '../../api/answers.ts';
import { startAccount } from './account.ts';
import { type Address, copyQuery, liveQuery, readAddress, writeAddress } from './address.ts';
import { type DisplayedError, displayedErrorOf, isClientError } from './displayed-error.ts';
import { element, find } from './dom.ts';
import { loadLabelNames } from './labels.ts';
import { countWords, listView, renameLabels, type ShownList } from './list-view.ts';
import { messageView } from './message-view.ts';
import { problemView } from './problem-view.ts';
import { startSearchForm } from './search-form.ts';
import { site } from './site.ts';
import { startSyncPanel } from './sync-panel.ts';
import { Words } from './words.ts';

/** The interval, in milliseconds, of requests for rows not copied yet while the copy grows: each costs quota. */
const rowsPace = 60_000;

/** How long, in milliseconds, a list is shown again without a request. */
const freshness = 300_000;

const words = new Words(navigator.languages);
const results = find('#results', HTMLElement);
const count = find('#count', HTMLElement);
const form = startSearchForm((address) => go({ ...address, page: '', message: '' }));
const account = startAccount(words, { stop: () => panel.stop(), resume: () => panel.resume() });

let running = new AbortController();
/** The last list, so that going back from a message needs no request. */
let last: { readonly key: string; readonly list: ShownList; readonly at: number } | undefined;
let mailbox: MailboxStatus | undefined;

const here = () => readAddress(location.search);
const listKey = (address: Address) => writeAddress({ ...address, message: '' });

/** What an entry of the browser's history stores about the previous entry. */
interface Trail {
  /** The page of the list with the link to this page of older messages. */
  readonly newer?: string;
  readonly fromList?: boolean;
}

function trail(): Trail {
  const state: unknown = history.state;
  if (typeof state !== 'object' || state === null) return {};
  return {
    ...('newer' in state && typeof state.newer === 'string' && { newer: state.newer }),
    ...('fromList' in state && { fromList: state.fromList === true }),
  };
}

/** Goes to an address; the current address is loaded again. */
function go(address: Address, state: Trail = {}): void {
  const target = writeAddress(address);
  if (target === writeAddress(here())) last = undefined;
  else history.pushState(state, '', target);
  void show('moved');
}

async function show(because: 'opened' | 'moved' | 'renewed'): Promise<void> {
  running.abort();
  running = new AbortController();
  const { signal } = running;
  const address = here();
  // An automatic update of the list must not change what the user is typing.
  if (because !== 'renewed') form.show(address);
  find('#mail', HTMLElement).dataset['view'] = address.message === '' ? 'list' : 'message';
  results.setAttribute('aria-busy', 'true');
  try {
    const view = address.message === '' ? await listOf(address, signal) : await messageOf(address, signal);
    if (!signal.aborted) put(view, because);
  } catch (error) {
    if (signal.aborted) return;
    count.textContent = '';
    document.title = 'Mail · Gmail offline access';
    const told = isClientError(error) ? displayedErrorOf(error) : unforeseen;
    put({ view: withBack(address, problemView(told, remediesFor(address))), focus: 'h2' }, because);
    if (!isClientError(error)) throw error;
    if (error.authorizationUrl !== undefined) void panel.look();
  }
}

/** A bug of the page, or a message that it cannot show: the page must not stay in its loading state. */
const unforeseen: DisplayedError = {
  title: 'This cannot be shown here',
  detail: 'Open it in Gmail, or try again.',
};

interface View {
  readonly view: HTMLElement;
  /** The element that gets the keyboard focus after a change of view. */
  readonly focus: string | undefined;
}

function put({ view, focus }: View, because: 'opened' | 'moved' | 'renewed'): void {
  const focused = results.contains(document.activeElement) ? document.activeElement : null;
  const row = focused instanceof HTMLElement ? focused.dataset['id'] : undefined;
  results.replaceChildren(view);
  results.setAttribute('aria-busy', 'false');
  const goOn = because === 'renewed' ? row && `[data-id="${row}"]` : because === 'moved' && focus;
  const target = goOn ? results.querySelector<HTMLElement>(goOn) : null;
  if (target !== null) target.focus();
  else if (because === 'moved' && focused !== null) goOnAtTop();
}

/** If the focused element is gone, such as the link to the next page, scrolls and focuses the start of the list. */
function goOnAtTop(): void {
  results.focus({ preventScroll: true });
  results.scrollIntoView();
}

let opened = '';

async function listOf(address: Address, signal: AbortSignal): Promise<View> {
  const key = listKey(address);
  const known = last?.key === key && Date.now() - last.at <= freshness ? last : undefined;
  const asked = known ?? { key, list: await askForList(address, signal), at: Date.now() };
  const { list } = asked;
  form.learn(list);
  count.textContent = countWords(list, address, words);
  document.title = `${address.q || 'Mail'} · Gmail offline access`;
  const { newer } = trail();
  const focus = opened === '' ? undefined : `[data-id="${opened}"]`;
  opened = '';
  const view = listView(list, { address, words, now: Date.now(), newer });
  // Request again a response that cannot be shown.
  last = asked;
  return { view, focus };
}

async function askForList(address: Address, signal: AbortSignal): Promise<ShownList> {
  const { messages, mailbox } = site(signal);
  if (address.source === 'live') return messages.list(liveQuery(address));
  const { messages: copied, ...rest } = await mailbox.messages.list(copyQuery(address));
  return {
    ...rest,
    messages: copied.map((message) => ({ id: message.id, threadId: message.threadId, summary: message })),
  };
}

async function messageOf(address: Address, signal: AbortSignal): Promise<View> {
  opened = address.message;
  const message = await site(signal).messages.get(address.message, { format: 'full' });
  const view = messageView(message, words);
  count.textContent = '';
  document.title = `${view.querySelector('h2')?.textContent} · Gmail offline access`;
  scrollTo(0, 0);
  return { view: withBack(address, view), focus: 'h2' };
}

function withBack(address: Address, view: HTMLElement): HTMLElement {
  if (address.message === '') return view;
  const href = listKey(address);
  return element(
    'div',
    {},
    element('p', { class: 'back' }, element('a', { href }, 'Back to the list')),
    view,
  );
}

function remediesFor(address: Address) {
  const isCopied = (mailbox?.sync?.copied ?? 0) > 0;
  const { label } = address;
  const copyAddress =
    isCopied && address.source === 'live' && address.message === ''
      ? writeAddress({ ...readAddress(''), source: 'copy', label })
      : undefined;
  return { retry: () => void show('moved'), copyAddress };
}

/** Updates the list while the copy grows: new rows, and summaries of rows that had none. */
function follow(news: MailboxStatus): void {
  const before = mailbox?.sync;
  mailbox = news;
  account.show(news);
  const address = here();
  if (last === undefined || address.message !== '' || before === undefined) return;
  const hasMoved = news.sync?.copied !== before.copied || news.sync?.lastSync !== before.lastSync;
  const waits = last.list.messages.some(({ summary }) => !summary);
  const isDue = address.source === 'copy' ? address.page === '' : waits && Date.now() - last.at > rowsPace;
  if (hasMoved && isDue) void renew(address);
}

/** Requests the list again; the old one stays until the response arrives, and if it fails. */
async function renew(address: Address): Promise<void> {
  const { signal } = running;
  try {
    const list = await askForList(address, signal);
    if (signal.aborted) return;
    last = { key: listKey(address), list, at: Date.now() };
    await show('renewed');
  } catch (error) {
    if (!signal.aborted && !isClientError(error)) throw error;
  }
}

/** Loads label names without blocking: until they arrive, labels show their IDs. The copy has the names itself. */
async function nameLabels(): Promise<void> {
  form.offer(await loadLabelNames(site().mailbox.labels));
  renameLabels();
}

document.addEventListener('click', (event) => {
  const link = event.target instanceof Element ? event.target.closest('a') : null;
  const isPlain = event.button === 0 && !event.metaKey && !event.ctrlKey && !event.shiftKey && !event.altKey;
  if (link === null || !isPlain || link.target !== '' || link.origin !== location.origin) return;
  if (link.pathname !== '/' || link.hash !== '') return;
  event.preventDefault();
  const { newer, fromList } = trail();
  const isWayBack =
    (link.rel === 'prev' && newer !== undefined) || (link.closest('.back') !== null && fromList === true);
  if (isWayBack) return history.back();
  if (link.rel === 'next') go(readAddress(link.search), { newer: writeAddress(here()) });
  else go(readAddress(link.search), { fromList: link.closest('.rows') !== null });
});
addEventListener('popstate', () => void show('moved'));
const panel = startSyncPanel(words, follow);
// Show the parts that need this script.
document.body.classList.add('running');
void show('opened');
void nameLabels();
