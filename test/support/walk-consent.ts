import type { Browser, FormChoice, Page } from './browser.ts';

/** What a person does at Google. */
export interface ConsentChoice extends Partial<FormChoice> {
  readonly account?: string;
  /** Where the consent starts: our link by default; the button of a page of ours is then pressed. */
  readonly start?: string;
  /** Stop before the callback and give the page whose `location` it is. */
  readonly stopBeforeCallback?: boolean;
  /** The same before an address that begins like this: one of another application's. */
  readonly stopBefore?: string;
}

/** Lets a person consent at the local Google, from a link of the site at `origin` to where it leads back to. */
export async function walkConsent(
  browser: Browser,
  origin: string,
  choice: ConsentChoice = {},
): Promise<Page> {
  const { account = 'ada@example.com', button = 'allow', stopBeforeCallback = false } = choice;
  const stops = [choice.stopBefore, stopBeforeCallback ? `${origin}/auth/callback` : undefined];
  const stopAt = (url: string) => stops.some((stop) => stop !== undefined && url.startsWith(stop));
  const follow = (page: Page) => followTo(browser, page, stopAt);
  let page = await follow(await browser.open(choice.start ?? `${origin}/auth/login`, { stay: true }));
  if (/action="\/(connect|auth\/login)"/.test(page.text)) {
    page = await follow(await browser.submit(page, { button: '' }, true));
  }
  if (page.text.includes('value="choose"')) {
    page = await follow(await browser.submit(page, { button: 'choose', choose: { account } }, true));
  }
  if (!page.text.includes('value="allow"')) return page;
  return follow(await browser.submit(page, { ...choice, button }, true));
}

/** Follows redirects until one leads where it must not, and gives the answer that leads there. */
async function followTo(browser: Browser, from: Page, stopAt: (url: string) => boolean): Promise<Page> {
  let page = from;
  for (let hops = 0; hops < 20; hops++) {
    const location = page.headers.get('location');
    if (location === null) return page;
    const next = new URL(location, page.url).href;
    if (stopAt(next)) return page;
    page = await browser.open(next, { stay: true });
  }
  throw new Error('The redirects do not end.');
}
