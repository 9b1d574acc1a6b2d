import { element } from './dom.ts';
import { isWebAddress } from './mail-text.ts';

/** Maps an element of the mail to an element of ours without attributes. Of other elements only the text is kept. */
const kept: Readonly<Record<string, keyof HTMLElementTagNameMap>> = {
  ...{ P: 'p', DIV: 'div', BLOCKQUOTE: 'blockquote', PRE: 'pre', CODE: 'code', HR: 'hr', BR: 'br' },
  ...{ UL: 'ul', OL: 'ol', LI: 'li', B: 'b', STRONG: 'b', I: 'i', EM: 'i', U: 'u', S: 's' },
  // Mail uses nested tables for layout: shown as blocks, one below the other, they can be read on a phone.
  ...{ TABLE: 'div', TR: 'div', TD: 'div', TH: 'div', CENTER: 'div', SECTION: 'div', ARTICLE: 'div' },
};

/** Elements that are removed with their content. */
const dropped = [
  ...['SCRIPT', 'STYLE', 'HEAD', 'TITLE', 'TEMPLATE', 'NOSCRIPT', 'IFRAME', 'OBJECT', 'EMBED', 'SVG', 'MATH'],
  ...['SELECT', 'TEXTAREA', 'AUDIO', 'VIDEO', 'CANVAS'],
];

/** The deepest indentation: a conversation of many replies stays readable. */
const deepest = 200;

/** The deepest level that is read: Chromium’s own limit of 512 does not apply to tables. */
const deepestRead = 1_000;

/** The most tags that are parsed. Chromium's time is quadratic in open tags: 250 ms for 10,000, 32 s for 100,000. */
const mostTags = 10_000;

interface SafeHtml {
  readonly nodes: DocumentFragment;
  readonly isCut: boolean;
}

/**
 * Converts a mail's HTML to nodes: elements of ours, chosen by name, without attributes of the mail except the address
 * of a link. The mail is parsed into a document that loads and runs nothing, and is never serialised to markup again.
 *
 * A TreeWalker reads the document: the names of a form's fields and of a document's pictures override its properties
 * (HTML, `LegacyOverrideBuiltIns`), so that a sender controls `form.childNodes` and can even make it a cycle.
 */
export function safeHtml(html: string): SafeHtml {
  const end = endOfTags(html);
  const parsed = new DOMParser().parseFromString(html.slice(0, end), 'text/html');
  const walker = document.createTreeWalker(parsed);
  const nodes = document.createDocumentFragment();
  let isCut = end < html.length;

  const copyChildren = (target: ParentNode, depth: number): void => {
    if (depth > deepestRead) {
      isCut = true;
      return;
    }
    let node = walker.firstChild();
    if (node === null) return;
    for (; node !== null; node = walker.nextSibling()) {
      if (node instanceof Text) {
        target.append(node.data);
      } else if (node instanceof Element && !isDropped(node)) {
        const copy = depth > deepest ? undefined : copyOf(node);
        if (copy !== undefined) target.append(copy);
        copyChildren(copy ?? target, depth + 1);
        if (copy instanceof HTMLAnchorElement) copy.append(disguised(copy) ? ` (${copy.hostname})` : '');
      }
    }
    walker.parentNode();
  };
  copyChildren(nodes, 0);
  return { nodes, isCut };
}

function endOfTags(html: string): number {
  let end = -1;
  for (let tags = 0; tags <= mostTags; tags++) {
    end = html.indexOf('<', end + 1);
    if (end === -1) return html.length;
  }
  return end;
}

function isDropped(source: Element): boolean {
  // Read no property of a form itself.
  if (source instanceof HTMLFormElement || source instanceof HTMLBodyElement) return false;
  return dropped.includes(source.tagName.toUpperCase()) || isHidden(source);
}

function copyOf(source: Element): HTMLElement | undefined {
  if (source instanceof HTMLFormElement) return undefined;
  const name = source.tagName.toUpperCase();
  if (name === 'A') return linkOf(source);
  if (name === 'IMG') return pictureOf(source);
  if (/^H[1-6]$/.test(name)) return element('p', { class: 'heading' });
  const tag = Object.hasOwn(kept, name) ? kept[name] : undefined;
  return tag === undefined ? undefined : element(tag);
}

function linkOf(source: Element): HTMLElement {
  const href = source.getAttribute('href')?.trim() ?? '';
  if (!isWebAddress(href)) return element('span');
  return element('a', { href, ...newTab });
}

/** Whether the text of a link names a different site than its address. */
function disguised({ textContent, hostname }: HTMLAnchorElement): boolean {
  const [, named = ''] =
    /^(?:https?:\/\/)?(?:www\.)?((?:[\w-]+\.)+[a-z]{2,})(?:[/?#:]|$)/i.exec(textContent.trim()) ?? [];
  return named !== '' && hostname !== '' && hostname.replace(/^www\./, '') !== named.toLowerCase();
}

/** A link in a mail opens in a new tab, without a reference to this page. */
export const newTab = { target: '_blank', rel: 'noopener noreferrer nofollow' };

/** Pictures are not loaded: the sender would learn when and where the mail is read. */
function pictureOf(source: Element): HTMLElement {
  const words = source.getAttribute('alt')?.trim() ?? '';
  return element('span', { class: 'quiet' }, words === '' ? '' : `[${words}]`);
}

/** Newsletters start with hidden preview text for message lists. */
function isHidden(source: Element): boolean {
  return /display\s*:\s*none/i.test(source.getAttribute('style') ?? '') || source.hasAttribute('hidden');
}
