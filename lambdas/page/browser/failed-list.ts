import { startAddress, writeAddress } from './address.ts';
import { element } from './dom.ts';
import type { SyncWords } from './sync-words.ts';

/** The messages that could not be copied. Updates keep an opened list open, and keep the focus. */
export class FailedList {
  readonly #headline = element('summary');
  readonly #list = element('ul', { class: 'failed' });
  readonly #more = element('p', { class: 'quiet' });
  readonly view: HTMLElement = element('details', {}, this.#headline, this.#list, this.#more);
  #ids = '';

  show(failed: SyncWords['failed']): void {
    this.view.hidden = failed === undefined;
    const { headline, messages, more } = failed ?? { headline: '', messages: [], more: 0 };
    this.#headline.textContent = headline;
    this.#more.hidden = more === 0;
    this.#more.textContent = `and ${more} more`;
    const ids = messages.map(({ id }) => id).join(' ');
    if (ids !== this.#ids) this.#list.replaceChildren(...messages.map(({ id }) => rowOf(id)));
    this.#ids = ids;
    for (const [index, { words }] of messages.entries()) {
      const said = this.#list.children[index]?.lastElementChild;
      if (said) said.textContent = words;
    }
  }
}

/** The link opens the message from Gmail, which may be able to return it by now. */
function rowOf(id: string): HTMLElement {
  const href = writeAddress({ ...startAddress, message: id });
  return element('li', {}, element('a', { href }, id), ' ', element('span', { class: 'quiet' }));
}
