type Child = Node | string | undefined | false;

/**
 * Creates an element. Its children are nodes and text, never markup, so that text of a sender is never parsed.
 */
export function element<Tag extends keyof HTMLElementTagNameMap>(
  tag: Tag,
  attributes: Readonly<Record<string, string | undefined>> = {},
  ...children: readonly Child[]
): HTMLElementTagNameMap[Tag] {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value !== undefined) made.setAttribute(name, value);
  }
  made.append(...children.filter((child) => child !== undefined && child !== false));
  return made;
}

/**
 * Finds an element that the page must have.
 *
 * @throws Error if there is none of this kind: page and script have different versions.
 */
export function find<Kind extends Element>(
  selector: string,
  kind: new () => Kind,
  within: ParentNode = document,
): Kind {
  const found = within.querySelector(selector);
  if (found instanceof kind) return found;
  throw new Error(`The page has no ${selector}.`);
}

/** Characters that change the display order of others: with one, `moc.elpmaxe` is shown as `example.com`. */
const directions = /[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/g;

/** A sender's text on one line, isolated: it cannot reorder the words around it, nor its own characters. */
export function isolated(text: string): HTMLElement {
  return element('bdi', {}, text.replace(directions, ''));
}
