import { writeFileSync } from 'node:fs';
import { createEmulator } from 'emulate';
import type { Browser, Page } from './browser.ts';

/** A message as the `emulate` package is told to hold it. */
export interface SeededMessage {
  readonly id: string;
  readonly thread_id: string;
  readonly user_email: string;
  readonly from: string;
  readonly to: string;
  readonly subject: string;
  readonly body_text: string;
  readonly label_ids: readonly string[];
  readonly date: string;
}

/** The Google service of the `emulate` package: written by others, for other applications than this one. */
export interface Emulate {
  /** Its OpenID issuer and the origin of its Gmail. */
  readonly origin: string;
  /** Registers where consents may lead back to. Forgets every consent and token, and gives each user a new `sub`. */
  registerRedirectUri(redirectUri: string): void;
  /** Presses a user's button on its sign-in page, and follows where that leads. It asks for no consent beyond that. */
  signIn(browser: Browser, page: Page, email: string): Promise<Page>;
  close(): Promise<void>;
}

const client = { client_id: 'second-opinion.apps.googleusercontent.com', client_secret: 'GOCSPX-second' };

/**
 * Starts `emulate`'s Google with these mailboxes, and writes its client's file as Google lets one download it.
 *
 * A first user without mail is added, since `emulate` serves every bearer token that it does not know as its
 * first user: so a token that is dead at last finds no mail.
 */
export async function startEmulate(
  clientSecretFile: string,
  emails: readonly string[],
  messages: readonly SeededMessage[],
): Promise<Emulate> {
  const redirectUris: string[] = [];
  const { url, reset, close } = await createEmulator({
    service: 'google',
    port: 0,
    seed: {
      google: {
        users: ['nobody@example.com', ...emails].map((email) => ({ email })),
        oauth_clients: [{ ...client, name: 'Second opinion', redirect_uris: redirectUris }],
        messages,
      },
    },
  });
  writeFileSync(clientSecretFile, JSON.stringify({ web: client }), { mode: 0o600 });
  return {
    origin: url,
    registerRedirectUri: (redirectUri) => {
      redirectUris.push(redirectUri);
      // The seed is read again, and the address with it.
      reset();
    },
    signIn: (browser, page, email) => {
      const form = page.text
        .split('<form')
        .find((candidate) => candidate.includes(`name="email" value="${email}"`));
      if (form === undefined) throw new Error(`${page.url} offers no ${email}.`);
      const action = /action="([^"]+)"/.exec(form)?.[1] ?? '';
      return browser.open(new URL(action, page.url).href, { method: 'POST', body: hiddenFields(form) });
    },
    close,
  };
}

function hiddenFields(form: string): URLSearchParams {
  const body = new URLSearchParams();
  for (const [, name = '', value = ''] of form.matchAll(
    /<input type="hidden" name="([^"]*)" value="([^"]*)"/g,
  )) {
    body.append(name, value.replaceAll('&#39;', "'").replaceAll('&quot;', '"').replaceAll('&amp;', '&'));
  }
  return body;
}
