import { anything, disconnected, type Mailbox, mailbox } from './answers.ts';
import { ask, Refusal } from './api.ts';
import { element, find } from './dom.ts';
import { isShownAccount } from './shown-account.ts';
import type { Words } from './words.ts';

/** Lets a person log out, and disconnect after having been told what that erases. */
export function startAccount(words: Words): { tell(mailbox: Mailbox): void } {
  const dialog = find('#disconnect-dialog', HTMLDialogElement);
  const logout = find('#logout', HTMLButtonElement);
  const disconnect = find('#disconnect-now', HTMLButtonElement);

  logout.addEventListener('click', () =>
    attempt(logout, find('#account-said', HTMLElement), async () => {
      await ask('/auth/logout', anything, { method: 'POST' });
      location.assign('/');
    }),
  );
  find('#disconnect', HTMLButtonElement).addEventListener('click', () => {
    find('#disconnect-said', HTMLElement).textContent = '';
    dialog.showModal();
  });
  find('#disconnect-not', HTMLButtonElement).addEventListener('click', () => dialog.close());
  disconnect.addEventListener('click', () =>
    attempt(disconnect, find('#disconnect-said', HTMLElement), async () => {
      // Confirmed was the end of the account that the dialog names.
      if (!isShownAccount(await ask('/mailbox', mailbox))) return location.reload();
      const { detail, removeAccessAt } = await ask('/mailbox', disconnected, { method: 'DELETE' });
      if (detail === undefined) location.assign('/');
      else showRemark(detail, removeAccessAt);
    }),
  );
  return {
    tell: ({ sync }) => {
      find('#copy-size', HTMLElement).textContent =
        sync === undefined
          ? 'what is kept of your mailbox'
          : `the copy of ${words.count(sync.copied, 'message')}`;
    },
  };
}

/** Does it once at a time. What is done leaves the page; what failed may be tried again. */
async function attempt(
  button: HTMLButtonElement,
  said: HTMLElement,
  work: () => Promise<void>,
): Promise<void> {
  button.disabled = true;
  said.textContent = 'One moment…';
  try {
    await work();
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    said.textContent = error.detail;
    button.disabled = false;
  }
}

/** It is done, but the person must know something of it: nothing else is left on the page. */
function showRemark(detail: string, removeAccessAt: string | undefined): void {
  const heading = element('h1', { tabindex: '-1' }, 'Disconnected');
  document.body.classList.add('calm');
  document.body.replaceChildren(
    find('header.site', HTMLElement),
    element(
      'main',
      {},
      heading,
      element('p', { class: 'lead', role: 'status' }, detail),
      element(
        'p',
        {},
        removeAccessAt !== undefined &&
          element('a', { class: 'button', href: removeAccessAt, rel: 'noopener' }, 'Remove access at Google'),
      ),
      element('p', {}, element('a', { href: '/' }, 'Start page')),
    ),
  );
  heading.focus();
}
