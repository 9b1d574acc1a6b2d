import type { Page } from './browser.ts';
import type { Canary } from './canaries.ts';
import type { Site } from './site.ts';

/**
 * The secrets that came into being on the way, from the calls that encrypted them and the addresses that carried them.
 */
export function secretsOf(site: Pick<Site, 'origin' | 'calls'>, pages: readonly Page[]): Canary[] {
  const encrypted = site.calls
    .filter(({ service, action }) => service === 'kms' && action === 'Encrypt')
    .flatMap(({ input }) => {
      const plaintext = Buffer.from(String(input['Plaintext']), 'base64').toString();
      const { tokenKind } = input['EncryptionContext'] as { tokenKind: string };
      if (tokenKind !== 'login') return [{ name: `${tokenKind} token`, secret: plaintext }];
      const [verifier = '', nonce = ''] = plaintext.split('.');
      return [
        { name: 'code verifier', secret: verifier },
        { name: 'nonce', secret: nonce },
      ];
    });
  const carried = pages.flatMap(({ url }) =>
    ['state', 'code'].flatMap((name) => {
      const secret = new URL(url).searchParams.get(name);
      return secret === null ? [] : [{ name: name === 'code' ? 'authorization code' : name, secret }];
    }),
  );
  const cookies = pages
    .filter(({ url }) => url.startsWith(site.origin))
    .flatMap(({ headers }) => headers.getSetCookie())
    .flatMap((line) => {
      const [, name, secret] = /^(session|login)=([^;]+)/.exec(line) ?? [];
      return secret === undefined ? [] : [{ name: `${name} cookie`, secret }];
    });
  const uploads = site.calls.filter(
    ({ service, input }) => service === 'secretsmanager' && input['SecretString'],
  );
  const secrets = uploads.map(({ input }) => {
    const text = String(input['SecretString']);
    return text.startsWith('{')
      ? { name: 'client secret', secret: String(JSON.parse(text).web.client_secret) }
      : { name: 'login key', secret: text };
  });
  return [...encrypted, ...carried, ...cookies, ...secrets];
}

/** What items say, binary attributes as the text that they might hold, too. */
export function textOf(items: unknown): string {
  return JSON.stringify(items, (_, value: unknown) =>
    value instanceof Uint8Array
      ? [Buffer.from(value).toString('latin1'), Buffer.from(value).toString('base64')]
      : value,
  );
}
