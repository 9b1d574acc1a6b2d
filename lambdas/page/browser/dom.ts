type Child = Node | string | undefined | false;

/**
 * Makes an element. Its children are nodes and texts, never markup: so what others wrote stays text, whatever it holds.
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
 * Finds an element that the page is known to have.
 *
 * @throws Error when it has none of this kind: page and script are of different versions.
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

/** Characters that change the order in which others are shown: a sender writes `moc.elpmaxe` with one and it reads as another. */
const directions = /[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/g;

/** Text of others on one line: words around it keep their order, and its own characters are shown as they follow each other. */
export function isolated(text: string): HTMLElement {
  return element('bdi', {}, text.replace(directions, ''));
}
