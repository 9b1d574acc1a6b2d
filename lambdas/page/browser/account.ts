import type { Disconnected, MailboxStatus } from '../../api/answers.ts';
import { displayedErrorOf, isClientError } from './displayed-error.ts';
import { find } from './dom.ts';
import { isShownAccount, site } from './site.ts';
import type { SyncPanel } from './sync-panel.ts';
import type { Words } from './words.ts';

/**
 * Lets the user log out, and disconnect after reading what that erases.
 *
 * @param panel paused during a disconnect: a response for the session that has just ended would reload the page before
 * the disconnect's own response is read
 */
export function startAccount(
  words: Words,
  panel: Pick<SyncPanel, 'stop' | 'resume'>,
): { show(mailbox: MailboxStatus): void } {
  const dialog = find('#disconnect-dialog', HTMLDialogElement);
  const logout = find('#logout', HTMLButtonElement);
  const disconnect = find('#disconnect-now', HTMLButtonElement);

  logout.addEventListener('click', () =>
    attempt(logout, find('#account-said', HTMLElement), async () => {
      await site().auth.logout();
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
      // The user confirmed for the account that the dialog names.
      if (!isShownAccount(await site().mailbox.status())) return location.reload();
      panel.stop();
      try {
        const how = howDisconnected(await site().mailbox.disconnect());
        location.replace(`/?disconnected=${how}`);
      } catch (error) {
        panel.resume();
        throw error;
      }
    }),
  );
  return {
    show: ({ sync }) => {
      find('#copy-size', HTMLElement).textContent =
        sync === undefined
          ? 'everything stored of your mailbox'
          : `the copy of ${words.count(sync.copied, 'message')}`;
    },
  };
}

/** Runs one action at a time. Success leaves the page; after a failure the user may try again. */
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
    said.textContent = displayedErrorOf(error).detail;
    button.disabled = false;
    if (!isClientError(error)) throw error;
  }
}

function howDisconnected({ detail, removeAccessAt }: Disconnected): string {
  if (removeAccessAt !== undefined) return 'unrevoked';
  return detail === undefined ? 'revoked' : 'reconnected';
}
