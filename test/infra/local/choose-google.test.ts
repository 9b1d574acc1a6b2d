import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { chooseGoogle, type GoogleOptions } from '../../../infra/local/choose-google.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

async function choose(options: Partial<GoogleOptions> = {}) {
  const google = await chooseGoogle({
    origin: 'http://localhost:3000',
    googlePort: 0,
    dataFolder: temporaryFolder(),
    demoMessages: 1,
    ...options,
  });
  onTestFinished(() => google.close());
  return google;
}

const content = '{"web":{"client_id":"a","client_secret":"b"}}';

function clientSecretFile(bytes: string | Uint8Array = content): string {
  const file = join(temporaryFolder(), 'client_secret.json');
  writeFileSync(file, bytes);
  return file;
}

test.each([
  ['UTF-8', Buffer.from(`\uFEFF${content}`)],
  ['UTF-16, little-endian', Buffer.from(`\uFEFF${content}`, 'utf16le')],
  ['UTF-16, big-endian', Buffer.from(`\uFEFF${content}`, 'utf16le').swap16()],
])('a client secret file with the byte order mark of %s is read', async (_, bytes) => {
  const { client } = await choose({ clientSecretFile: clientSecretFile(bytes) });
  expect(client).toEqual({ clientId: 'a', clientSecret: 'b', redirectUris: [], text: content });
});

test('the local Google serves consent and Gmail, and its accounts are told', async () => {
  const { settings, local } = await choose();
  expect(settings).toEqual({
    googleIssuer: local?.origin,
    authorizationEndpoint: expect.stringContaining(`${local?.origin}/`),
    tokenEndpoint: expect.stringContaining(`${local?.origin}/`),
    revocationEndpoint: expect.stringContaining(`${local?.origin}/`),
    userinfoEndpoint: expect.stringContaining(`${local?.origin}/`),
    keysEndpoint: expect.stringContaining(`${local?.origin}/`),
    gmailRootUrl: `${local?.origin}/`,
  });
  expect(local?.accounts).toContain('ada@example.com');
});

test('another Gmail root may stand before the local Google’s alone', async () => {
  const { settings, local } = await choose({ gmailRootUrl: 'http://127.0.0.1:5000' });
  expect(settings).toMatchObject({ googleIssuer: local?.origin, gmailRootUrl: 'http://127.0.0.1:5000/' });
});

test('for the real Google no variable is set, save a Gmail root that was named', async () => {
  const file = clientSecretFile();
  expect((await choose({ clientSecretFile: file })).settings).toEqual({});
  const { settings, local } = await choose({
    clientSecretFile: file,
    gmailRootUrl: 'http://127.0.0.1:5000/',
  });
  expect(settings).toEqual({ gmailRootUrl: 'http://127.0.0.1:5000/' });
  expect(local).toBeUndefined();
});

test('a named issuer wins over the file’s Google', async () => {
  const before = await choose();
  const { settings, client } = await choose({
    clientSecretFile: clientSecretFile(),
    googleIssuer: before.local?.origin,
  });
  expect(settings).toMatchObject({ googleIssuer: before.local?.origin });
  expect(client.clientId).toBe('a');
});
