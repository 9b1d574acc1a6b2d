import { element } from './dom.ts';
import { isWebAddress } from './mail-text.ts';

/** What becomes of an element of a mail: an element of ours without any attribute. Others leave their text behind. */
const kept: Readonly<Record<string, keyof HTMLElementTagNameMap>> = {
  ...{ P: 'p', DIV: 'div', BLOCKQUOTE: 'blockquote', PRE: 'pre', CODE: 'code', HR: 'hr', BR: 'br' },
  ...{ UL: 'ul', OL: 'ol', LI: 'li', B: 'b', STRONG: 'b', I: 'i', EM: 'i', U: 'u', S: 's' },
  // Mail is laid out by tables, cell in cell: as blocks, one below the other, they can be read on a phone.
  ...{ TABLE: 'div', TR: 'div', TD: 'div', TH: 'div', CENTER: 'div', SECTION: 'div', ARTICLE: 'div' },
};

/** What goes with all that is in it. */
const dropped = [
  ...['SCRIPT', 'STYLE', 'HEAD', 'TITLE', 'TEMPLATE', 'NOSCRIPT', 'IFRAME', 'OBJECT', 'EMBED', 'SVG', 'MATH'],
  ...['SELECT', 'TEXTAREA', 'AUDIO', 'VIDEO', 'CANVAS'],
];

/** Deeper than this nothing is set in: a conversation of many answers is read all the same. */
const deepest = 200;

/** Deeper than this nothing is read: Chromium’s own limit of 512 does not hold for tables. */
const deepestRead = 1_000;

/** Tags that are parsed. Chromium takes time by the square of those left open: 250 ms for 10,000, 32 s for 100,000. */
const mostTags = 10_000;

/** What of a mail is shown. */
interface SafeHtml {
  readonly nodes: DocumentFragment;
  /** There was more of it. */
  readonly isCut: boolean;
}

/**
 * Makes nodes of a mail's HTML: elements of ours, chosen by name, that carry no attribute of the mail's but the address
 * of a link. The mail itself is parsed into a document that loads and runs nothing, and no markup is ever made of it again.
 *
 * It is walked by a TreeWalker: the fields of a form, and a document's pictures, stand by their names for its own
 * properties (HTML, `LegacyOverrideBuiltIns`), so that `form.childNodes` may be whatever the sender likes, a circle too.
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
  // Nothing is read of a form itself.
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
  return element('a', { href, ...elsewhere });
}

/** Whether the words of a link name another site than the one it leads to. */
function disguised({ textContent, hostname }: HTMLAnchorElement): boolean {
  const [, named = ''] =
    /^(?:https?:\/\/)?(?:www\.)?((?:[\w-]+\.)+[a-z]{2,})(?:[/?#:]|$)/i.exec(textContent.trim()) ?? [];
  return named !== '' && hostname !== '' && hostname.replace(/^www\./, '') !== named.toLowerCase();
}

/** How a link out of a mail opens: apart, and knowing nothing of this page. */
export const elsewhere = { target: '_blank', rel: 'noopener noreferrer nofollow' };

/** A picture is not fetched: its sender would learn when and where the mail is read. */
function pictureOf(source: Element): HTMLElement {
  const words = source.getAttribute('alt')?.trim() ?? '';
  return element('span', { class: 'quiet' }, words === '' ? '' : `[${words}]`);
}

/** Newsletters begin with text for lists that nobody is to see. */
function isHidden(source: Element): boolean {
  return /display\s*:\s*none/i.test(source.getAttribute('style') ?? '') || source.hasAttribute('hidden');
}
