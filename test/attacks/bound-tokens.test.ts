import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DecryptCommand, KMSClient } from '@aws-sdk/client-kms';
import * as v from 'valibot';
import { expect, it, onTestFinished } from 'vitest';
import type { Browser } from '../support/browser.ts';
import { proofOf, provingKey } from '../support/dpop-proof.ts';
import { type Site, startSite } from '../support/site.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const grantRow = v.looseObject({
  accountId: v.string(),
  clientId: v.string(),
  refreshToken: v.instance(Uint8Array),
  boundTo: v.optional(v.string()),
});
const clientFile = v.pipe(
  v.string(),
  v.parseJson(),
  v.object({ web: v.object({ client_id: v.string(), client_secret: v.string() }) }),
);

async function siteWith(dpop: 'off' | 'on', dataFolder = temporaryFolder()) {
  const site = await startSite({ demoMessages: 3, dpop, dataFolder });
  let open = true;
  const close = async () => {
    if (open) await site.close();
    open = false;
  };
  onTestFinished(close);
  return { site, close };
}

async function theRow(site: Site) {
  const [row] = v.parse(v.array(grantRow), await site.items('grants'));
  if (row === undefined) throw new Error('There is no grant.');
  return row;
}

/** What somebody can do who has the table, the right to decrypt and the client secret: all but the right to sign. */
async function thiefOf(site: Site) {
  const { kmsEndpoint: endpoint, region, credentials, tokenKey } = site.aws;
  const kms = new KMSClient({ endpoint, region, credentials });
  const { accountId, clientId, refreshToken } = await theRow(site);
  const { Plaintext: plaintext } = await kms.send(
    new DecryptCommand({
      KeyId: tokenKey,
      CiphertextBlob: refreshToken,
      EncryptionContext: { service: 'gmail-offline-access', accountId, clientId, tokenKind: 'refresh' },
    }),
  );
  kms.destroy();
  const { web } = v.parse(clientFile, readFileSync(join(site.dataFolder, 'client_secret.json'), 'utf8'));
  const body = new URLSearchParams({
    ...{ grant_type: 'refresh_token', refresh_token: Buffer.from(plaintext ?? []).toString() },
    ...web,
  });
  const address = `${site.google.origin}/token`;
  const ask = async (proof?: string) => {
    const headers = proof === undefined ? {} : { DPoP: proof };
    const answer = await fetch(address, { method: 'POST', body, headers });
    return { status: answer.status, body: await answer.text(), nonce: answer.headers.get('dpop-nonce') };
  };
  return { ask, address };
}

/** Takes the access tokens away, and lists live: the refresh token is needed. */
async function listAnew(site: Site, browser: Browser) {
  const { accessToken: _, accessTokenExpiresAt: __, ...row } = await theRow(site);
  await site.put('grants', { ...row, consentId: randomUUID() });
  const { status, text } = await browser.fetch(`${site.origin}/messages`);
  return { status, code: JSON.parse(text).code };
}

it('stolen tokens that are bound to no key open the mailbox elsewhere', async () => {
  const { site } = await siteWith('off');
  await site.connected();
  expect((await theRow(site)).boundTo).toBeUndefined();
  const { ask } = await thiefOf(site);
  const { status, body } = await ask();
  expect([status, body]).toEqual([200, expect.stringContaining('ya29.')]);
  expect(site.calls.filter(({ action }) => ['Sign', 'GetPublicKey'].includes(action))).toEqual([]);
});

it('stolen tokens that are bound to a key are worth nothing without the right to sign; here they work', async () => {
  const { site } = await siteWith('on');
  const browser = await site.connected();
  expect((await theRow(site)).boundTo).toMatch(/^[\w-]{43}$/);
  const { ask, address } = await thiefOf(site);
  const own = provingKey();
  const first = await ask(proofOf(own, address));
  const answers = [await ask(), first, await ask(proofOf(own, address, { claims: { nonce: first.nonce } }))];
  expect(answers.map(({ status }) => status)).toEqual([400, 400, 400]);
  for (const { body } of answers) expect(body).not.toContain('ya29.');
  expect(await listAnew(site, browser)).toMatchObject({ status: 200 });
  expect(site.calls.map(({ action }) => action)).toContain('Sign');
});

it('after a change of the key, only a new consent opens the mailbox', async () => {
  const dataFolder = temporaryFolder();
  const { site: before } = await siteWith('on', dataFolder);
  await before.connected();
  await before.stop();
  const { site } = await siteWith('off', dataFolder);
  const browser = await site.connected();
  expect((await theRow(site)).boundTo).toBeUndefined();
  const row = await theRow(site);
  await site.put('grants', { ...row, boundTo: 'the thumbprint of another key' });
  expect(await listAnew(site, browser)).toEqual({ status: 401, code: 'grant_unreadable' });
  await site.consent(browser);
  expect(await listAnew(site, browser)).toMatchObject({ status: 200 });
});
