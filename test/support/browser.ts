/** One answer to one request of a Browser. */
export interface Page {
  readonly url: string;
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
}

/** How a form is filled in: the button to press, and what to tick or choose instead of what is set. */
export interface FormChoice {
  readonly button: string;
  readonly choose?: Readonly<Record<string, string>>;
  readonly untick?: readonly string[];
}

interface RequestOptions {
  readonly method?: string;
  readonly body?: URLSearchParams;
  readonly headers?: Readonly<Record<string, string>>;
  /** Stop at the first redirect. */
  readonly stay?: boolean;
}

/** As much of a web browser as consenting takes: cookies for each host, redirects and HTML forms. */
export class Browser {
  /** Every answer that came, redirects included. */
  readonly history: Page[] = [];
  readonly #cookies = new Map<string, Map<string, string>>();

  /** Asks for a page as a person's browser does. */
  async open(url: string, options: RequestOptions = {}): Promise<Page> {
    const headers = { accept: 'text/html', 'sec-fetch-site': 'none', ...options.headers };
    let page = await this.#request(url, { ...options, headers });
    for (let hops = 0; hops < 20 && !options.stay && page.headers.has('location'); hops++) {
      page = await this.#request(new URL(page.headers.get('location') ?? '', page.url).href, { headers });
    }
    return page;
  }

  /** Asks as a script of the site's own page does. */
  fetch(url: string, options: RequestOptions = {}): Promise<Page> {
    const headers = { accept: '*/*', 'sec-fetch-site': 'same-origin', ...options.headers };
    return this.#request(url, { ...options, headers });
  }

  /** Sends the page's form and follows where it leads. */
  submit(page: Page, { button, choose = {}, untick = [] }: FormChoice, stay = false): Promise<Page> {
    const body = new URLSearchParams();
    for (const { type, name, value, checked } of inputsOf(page.text)) {
      if (type === 'hidden') body.append(name, value);
      else if (type === 'radio' && (choose[name] === undefined ? checked : choose[name] === value)) {
        body.append(name, value);
      } else if (type === 'checkbox' && checked && !untick.includes(value)) body.append(name, value);
    }
    if (page.text.includes('name="decision"')) body.append('decision', button);
    const action = /<form\b[^>]*\baction="([^"]*)"/.exec(page.text)?.[1] ?? '';
    return this.open(new URL(unescapeHtml(action), page.url).href, {
      method: 'POST',
      body,
      stay,
      // As for a form that stays on its own site.
      headers: { 'sec-fetch-site': 'same-origin' },
    });
  }

  /** The value of a cookie of a host. */
  cookie(host: string, name: string): string | undefined {
    return this.#cookies.get(host)?.get(name);
  }

  /** Puts a cookie where the site would have put it. */
  setCookie(host: string, name: string, value: string): void {
    this.#jar(host).set(name, value);
  }

  /** Another browser that has the same cookies now. */
  copy(): Browser {
    const twin = new Browser();
    for (const [host, jar] of this.#cookies)
      for (const [name, value] of jar) twin.setCookie(host, name, value);
    return twin;
  }

  async #request(url: string, { method = 'GET', body, headers }: RequestOptions): Promise<Page> {
    const { hostname } = new URL(url);
    const cookie = [...this.#jar(hostname)].map(([name, value]) => `${name}=${value}`).join('; ');
    const response = await fetch(url, {
      method,
      redirect: 'manual',
      headers: { ...headers, ...(cookie !== '' && { cookie }) },
      ...(body && { body }),
    });
    for (const line of response.headers.getSetCookie()) this.#keep(hostname, line);
    const page = { url, status: response.status, headers: response.headers, text: await response.text() };
    this.history.push(page);
    return page;
  }

  #keep(hostname: string, line: string): void {
    const [pair = '', ...attributes] = line.split(';');
    const separator = pair.indexOf('=');
    const [name, value] = [pair.slice(0, separator).trim(), pair.slice(separator + 1)];
    const gone = attributes.some((attribute) =>
      /^\s*(max-age=0|expires=thu, 01 jan 1970.*)$/i.test(attribute),
    );
    if (gone || value === '') this.#jar(hostname).delete(name);
    else this.#jar(hostname).set(name, value);
  }

  #jar(host: string): Map<string, string> {
    const jar = this.#cookies.get(host) ?? new Map<string, string>();
    this.#cookies.set(host, jar);
    return jar;
  }
}

function inputsOf(html: string) {
  const tags = html.match(/<input\b[^>]*>/g) ?? [];
  return tags.map((tag) => {
    const attribute = (name: string) => unescapeHtml(new RegExp(`\\b${name}="([^"]*)"`).exec(tag)?.[1] ?? '');
    return {
      type: attribute('type'),
      name: attribute('name'),
      value: attribute('value'),
      checked: /\schecked\b/.test(tag),
    };
  });
}

function unescapeHtml(text: string): string {
  return text
    .replaceAll('&quot;', '"')
    .replaceAll('&#39;', "'")
    .replaceAll('&lt;', '<')
    .replaceAll('&amp;', '&');
}
