import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdir, stat, truncate } from 'node:fs/promises';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { expect, onTestFinished, test } from 'vitest';
import { admin, client, connect, fault, gmail, google, list, refresh, temporaryFolder } from './support.ts';

const modulePath = new URL('../../../../infra/local/google/google.ts', import.meta.url).href;

test('a restart keeps grants, tokens, keys and mail', async () => {
  const dataFolder = await temporaryFolder();
  const first = await google({ dataFolder });
  const tokens = await connect(first.origin);
  const certificates = await (await fetch(`${first.origin}/oauth2/v3/certs`)).json();
  const { body } = await admin(first.origin, 'POST', 'accounts/ada@example.com/messages', {
    subject: 'Kept',
  });
  const [id] = list(body['ids']);
  await admin(first.origin, 'POST', `accounts/ada@example.com/messages/${id}/labels`, { add: ['STARRED'] });
  const before = await admin(first.origin, 'GET', 'accounts/ada@example.com/messages');
  await first.close();

  const second = await google({ dataFolder });
  expect(await (await fetch(`${second.origin}/oauth2/v3/certs`)).json()).toEqual(certificates);
  expect((await gmail(second.origin, tokens, 'profile')).status).toBe(200);
  const refreshed = await refresh(second.origin, tokens.refreshToken);
  expect(refreshed.status).toBe(200);
  const after = await admin(second.origin, 'GET', 'accounts/ada@example.com/messages');
  expect(after.body).toEqual(before.body);
  const accessToken = String(refreshed.body['access_token']);
  const history = await gmail(second.origin, { accessToken }, 'history?startHistoryId=9999999999999900');
  expect(list(history.body['history'])).toHaveLength(2);
});

test('a killed process loses nothing, and warns of nothing on its terminal', async () => {
  const dataFolder = await temporaryFolder();
  const script = `
    const { startLocalGoogle } = await import(${JSON.stringify(modulePath)});
    const { origin } = await startLocalGoogle(${JSON.stringify({ port: 0, dataFolder, client, demoMessages: 5 })});
    console.log(origin);`;
  const child = spawn(process.execPath, ['--input-type=module', '--eval', script]);
  onTestFinished(() => void child.kill('SIGKILL'));
  const errors = text(child.stderr);
  const [line] = await once(child.stdout, 'data');
  const origin = String(line).trim();
  const tokens = await connect(origin);
  await admin(origin, 'POST', 'accounts/ada@example.com/messages', { subject: 'Kept' });
  child.kill('SIGKILL');
  expect(await errors).toBe('');

  const again = await google({ dataFolder });
  expect((await refresh(again.origin, tokens.refreshToken)).status).toBe(200);
  const { body } = await admin(again.origin, 'GET', 'accounts/ada@example.com/messages');
  expect(list(body['messages']).map((message) => message['subject'])).toContain('Kept');
});

test('the mailboxes of a new data folder are as large as asked for', async () => {
  const { origin } = await google({ demoMessages: 123 });
  const sizes = await Promise.all(
    ['ada@example.com', 'grace@example.com', 'linus@example.org'].map(async (email) => {
      const { body } = await admin(origin, 'GET', `accounts/${email}/messages`);
      return list(body['messages']).length;
    }),
  );
  expect(sizes).toEqual([123, 7, 0]);
});

const damaged = /^the data folder is damaged: .*google\.sqlite cannot be opened \(.+\); move it away$/;

test('a file that lost its end is refused in the same way', async () => {
  const dataFolder = await temporaryFolder();
  const first = await google({ dataFolder });
  await first.close();
  const file = join(dataFolder, 'google.sqlite');
  await truncate(file, (await stat(file)).size / 2);
  await expect(google({ dataFolder })).rejects.toThrow(damaged);
});

test('nobody but their owner may read its folder and its files', async () => {
  const dataFolder = join(await temporaryFolder(), 'google');
  await google({ dataFolder });
  const names = await readdir(dataFolder);
  expect(names).toContain('google.sqlite');
  const modes = await Promise.all(
    names.map(async (name) => (await stat(join(dataFolder, name))).mode & 0o777),
  );
  expect(modes).toEqual(names.map(() => 0o600));
  expect((await stat(dataFolder)).mode & 0o777).toBe(0o700);
});

test('close ends at once, though a request hangs', async () => {
  const running = await google();
  await fault(running.origin, 'discovery', { hang: true });
  const hanging = fetch(`${running.origin}/.well-known/openid-configuration`).catch(() => 'broken off');
  await new Promise((resolve) => setTimeout(resolve, 50));
  await running.close();
  expect(await hanging).toBe('broken off');
});
