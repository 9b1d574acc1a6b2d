import { loginFrom } from './address.ts';
import type { DisplayedError } from './displayed-error.ts';
import { element } from './dom.ts';

interface Remedies {
  readonly retry: () => void;
  /** The address of the same mail in the copy, which needs no Google. */
  readonly copyAddress?: string | undefined;
}

/** A problem in the server's words, with the button that fixes it. */
export function problemView(error: DisplayedError, { retry, copyAddress }: Remedies): HTMLElement {
  const { title, detail, code, requestId, authorizationUrl } = error;
  return element(
    'section',
    { class: 'problem' },
    element('h2', { tabindex: '-1' }, title),
    detail !== title && element('p', {}, detail),
    element(
      'p',
      { class: 'buttons' },
      authorizationUrl === undefined ? retryButton(error, retry) : consentLink(authorizationUrl, code),
      // An error without a code is not from the API: the site, and so its copy, is unreachable.
      copyAddress !== undefined &&
        code !== undefined &&
        element('a', { href: copyAddress, class: 'other' }, 'Read the stored copy'),
    ),
    (code !== undefined || requestId !== undefined) &&
      element(
        'p',
        { class: 'quiet' },
        element('small', {}, [code, requestId && `request ${requestId}`].filter(Boolean).join(', ')),
      ),
  );
}

/** The link to a new consent, which returns to the current view. */
export function consentLink(authorizationUrl: string, code?: string, look = 'button'): HTMLElement {
  const lost = ['grant_revoked', 'grant_unreadable', 'client_changed', 'insufficient_scope', 'sync_paused'];
  const { origin, pathname, search } = location;
  const href = loginFrom(authorizationUrl, origin, pathname + search);
  const words = code === undefined || lost.includes(code) ? 'Reconnect' : 'Continue with Google';
  return element('a', { class: look, href }, words);
}

/** A button that is enabled as soon as a retry makes sense. */
function retryButton({ retryAfterSeconds = 0 }: DisplayedError, retry: () => void): HTMLButtonElement {
  const button = element('button', { type: 'button', class: 'primary' }, 'Try again');
  button.addEventListener('click', retry);
  const readyAt = Date.now() + retryAfterSeconds * 1000;
  const update = () => {
    const left = Math.ceil((readyAt - Date.now()) / 1000);
    button.disabled = left > 0;
    button.textContent = left > 0 ? `Try again in ${left} s` : 'Try again';
    // The timer ends when another view has replaced the button.
    if (left > 0) setTimeout(() => button.isConnected && update(), 1000);
  };
  update();
  return button;
}
