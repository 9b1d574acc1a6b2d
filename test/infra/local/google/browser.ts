/** A page that the browser shows. */
export interface Page {
  readonly url: string;
  readonly status: number;
  readonly html: string;
}

/** What a user does on a form other than pressing its first button. */
export interface Choice {
  /** The value of the button to press. */
  readonly press?: string;
  /** The value of the radio button to choose. */
  readonly choose?: string;
  /** The values of the boxes to untick. */
  readonly untick?: readonly string[];
}

/** A browser without scripts: it keeps cookies, follows redirects on its own site and fills in forms. */
export class Browser {
  readonly #cookies = new Map<string, string>();

  /** Opens an address. A redirect to another site is not followed: it is the page's `url`, with status 0. */
  async open(url: string, init: RequestInit = {}): Promise<Page> {
    const cookie = [...this.#cookies].map(([name, value]) => `${name}=${value}`).join('; ');
    const response = await fetch(url, { ...init, redirect: 'manual', headers: { cookie } });
    for (const line of response.headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
      this.#cookies.set(name, value);
    }
    const location = response.headers.get('location');
    if (location === null) return { url, status: response.status, html: await response.text() };
    await response.body?.cancel();
    const next = new URL(location, url);
    if (next.origin !== new URL(url).origin) return { url: next.href, status: 0, html: '' };
    return this.open(next.href);
  }

  /** Sends the page's form, as the user leaves it. */
  async submit(page: Page, choice: Choice = {}): Promise<Page> {
    const body = new URLSearchParams();
    for (const tag of page.html.match(/<(?:input|button)\b[^>]*>/g) ?? []) {
      const { type, name = '', value = '' } = attributes(tag);
      if (
        type === 'radio'
          ? isChosen(tag, value, choice)
          : type === 'checkbox'
            ? isTicked(value, choice)
            : false
      ) {
        body.append(name, value);
      }
      if (type === 'hidden') body.append(name, value);
      if (tag.startsWith('<button') && !body.has(name) && (choice.press ?? value) === value)
        body.append(name, value);
    }
    return this.open(page.url, { method: 'POST', body });
  }
}

function isChosen(tag: string, value: string, { choose }: Choice): boolean {
  return choose === undefined ? tag.includes(' checked') : choose === value;
}

function isTicked(value: string, { untick = [] }: Choice): boolean {
  return !untick.includes(value);
}

function attributes(tag: string): Record<string, string> {
  return Object.fromEntries([...tag.matchAll(/(\w+)="([^"]*)"/g)].map(([, name, value]) => [name, value]));
}
