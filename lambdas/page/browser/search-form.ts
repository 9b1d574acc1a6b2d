import { type Address, startAddress } from './address.ts';
import { element, find } from './dom.ts';
import { labelName, ownLabels } from './labels.ts';
import type { ShownList } from './list-view.ts';

/** The form above the list, which shows and changes the address. */
export function startSearchForm(onSearch: (address: Address) => void) {
  const form = find('#search', HTMLFormElement);
  const labels = find('select', HTMLSelectElement, form);
  for (const id of ownLabels.keys()) offer(labels, id);

  const search = () => {
    const data = new FormData(form);
    const text = (name: string) => String(data.get(name) ?? '').trim();
    onSearch({
      ...startAddress,
      ...{ q: text('q'), label: text('label'), from: text('from'), to: text('to') },
      source: text('source') === 'copy' ? 'copy' : 'live',
    });
  };
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    search();
  });
  form.addEventListener('change', ({ target }) => {
    // The button sends a text search; a selection applies at once.
    if (target instanceof HTMLInputElement && target.type === 'search') return;
    search();
  });

  return {
    show: ({ q, source, label, from, to }: Address) => {
      if (label !== '') offer(labels, label);
      for (const [name, value] of Object.entries({ q, label, from, to })) {
        const field = form.elements.namedItem(name);
        if (field instanceof HTMLInputElement || field instanceof HTMLSelectElement) field.value = value;
      }
      find(`[name=source][value=${source}]`, HTMLInputElement, form).checked = true;
      for (const fields of form.querySelectorAll<HTMLElement>('[data-source]')) {
        fields.hidden = fields.dataset['source'] !== source;
      }
    },
    /** Adds the labels of these messages, because Gmail may not list all labels. */
    learn: ({ messages }: ShownList) => {
      for (const { summary } of messages) for (const id of summary?.labelIds ?? []) offer(labels, id);
    },
    /** Offers these labels in this order, by the names known now. */
    offer: (ids: readonly string[]) => {
      const chosen = labels.value;
      for (const option of [...labels.options]) if (ids.includes(option.value)) option.remove();
      for (const id of ids) offer(labels, id);
      labels.value = chosen;
    },
  };
}

function offer(labels: HTMLSelectElement, id: string): void {
  const known = [...labels.options].some(({ value }) => value === id);
  if (!known && id !== 'CHAT') labels.append(element('option', { value: id }, labelName(id)));
}
