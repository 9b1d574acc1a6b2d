import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join, resolve } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const server = resolve(import.meta.dirname, '../../../infra/local/server.ts');

/** Runs what `npm start` runs, on free ports and in a folder of its own unless told otherwise. */
function run(variables: Readonly<Record<string, string>> = {}) {
  const env = { PORT: '0', GOOGLE_PORT: '0', DATA_DIR: temporaryFolder(), DEMO_MESSAGES: '3', ...variables };
  const child = spawn(process.execPath, [server], { env, stdio: ['ignore', 'pipe', 'pipe'] });
  const output = { stdout: '', stderr: '' };
  const ready = Promise.withResolvers<string>();
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output.stdout += text;
    const address = /^ready (.*)\n/m.exec(output.stdout)?.[1];
    if (address !== undefined) ready.resolve(address);
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    output.stderr += text;
  });
  const ended = once(child, 'close').then(([code]: unknown[]) => {
    ready.reject(new Error(`it ended before it was ready: ${output.stderr}`));
    return { code, ...output };
  });
  ready.promise.catch(() => {});
  onTestFinished(async () => {
    child.kill('SIGKILL');
    await ended;
  });
  return { child, ready: ready.promise, ended, output };
}

async function takePort(): Promise<number> {
  const taken = createServer();
  await new Promise<void>((listening) => taken.listen(0, '127.0.0.1', listening));
  onTestFinished(() => {
    taken.close();
  });
  return (taken.address() as AddressInfo).port;
}

test.each(['SIGINT', 'SIGTERM'] as const)(
  'it says that it is ready, answers, logs, and stops on %s',
  async (signal) => {
    const { child, ready, ended, output } = run();
    const origin = await ready;
    expect(output.stdout).toMatch(/^ready http:\/\/localhost:\d+\n$/m);
    expect((await fetch(`${origin}/`)).status).toBe(200);
    await expect.poll(() => output.stdout).toMatch(/^\d\d:\d\d:\d\d info +page +\S+/m);
    const before = Date.now();
    child.kill(signal);
    child.kill(signal);
    expect(await ended).toMatchObject({ code: 0, stderr: '' });
    expect(Date.now() - before).toBeLessThan(3000);
    await expect(fetch(origin)).rejects.toThrow();
  },
);

/** A home folder whose shared AWS settings ask for what an address of one's own cannot have. */
const homeWithAwsSettings = () => {
  const HOME = temporaryFolder();
  mkdirSync(join(HOME, '.aws'));
  writeFileSync(
    join(HOME, '.aws', 'config'),
    '[default]\nuse_fips_endpoint = true\nuse_dualstack_endpoint = true\n',
  );
  return { HOME };
};

test.each<[string, () => Record<string, string>]>([
  ['variables for the real AWS', () => ({ AWS_USE_FIPS_ENDPOINT: 'true', AWS_DEFAULTS_MODE: 'none' })],
  [
    'dual-stack endpoints',
    () => ({ AWS_USE_DUALSTACK_ENDPOINT: 'true', AWS_ENDPOINT_URL: 'http://127.0.0.1:9' }),
  ],
  ['shared AWS settings', homeWithAwsSettings],
  [
    'a proxy',
    () => ({ NODE_USE_ENV_PROXY: '1', HTTP_PROXY: 'http://127.0.0.1:9', no_proxy: '.example.com' }),
  ],
])('%s do not keep it from the services on this machine', async (_, variables) => {
  const { ready, output } = run(variables());
  const login = await fetch(`${await ready}/auth/login`, { redirect: 'manual' });
  expect({ status: login.status, stderr: output.stderr }).toEqual({ status: 303, stderr: '' });
});

test('it starts again in the same folder, also after it was killed', async () => {
  const DATA_DIR = temporaryFolder();
  const first = run({ DATA_DIR });
  await first.ready;
  first.child.kill('SIGKILL');
  await first.ended;
  const { ready, child, ended } = run({ DATA_DIR });
  expect((await fetch(`${await ready}/`)).status).toBe(200);
  child.kill('SIGINT');
  expect(await ended).toMatchObject({ code: 0, stderr: '' });
});

test('it can be stopped while it starts', async () => {
  const DATA_DIR = temporaryFolder();
  const { child, ended } = run({ DATA_DIR });
  await expect.poll(() => existsSync(join(DATA_DIR, 'lock')), { interval: 5 }).toBe(true);
  child.kill('SIGINT');
  expect(await ended).toEqual({ code: 0, stdout: '', stderr: '' });
});

const damagedFolder = () => {
  const folder = temporaryFolder();
  mkdirSync(join(folder, 'dynamodb'));
  writeFileSync(join(folder, 'dynamodb', 'CURRENT'), 'damaged');
  return folder;
};

const damagedGoogle = () => {
  const folder = temporaryFolder();
  mkdirSync(join(folder, 'google'));
  writeFileSync(join(folder, 'google', 'google.sqlite'), 'damaged'.repeat(1000));
  return folder;
};

const fileInPlaceOfFolder = () => {
  const file = join(temporaryFolder(), 'file');
  writeFileSync(file, '');
  return file;
};

test.each<[string, () => Promise<Record<string, string>> | Record<string, string>, RegExp]>([
  ['a taken port', async () => ({ PORT: String(await takePort()) }), /port \d+ is taken; .* PORT=/],
  [
    'a taken port of the local Google',
    async () => ({ GOOGLE_PORT: String(await takePort()) }),
    /port \d+ is taken; .* GOOGLE_PORT=/,
  ],
  ['a damaged data folder', () => ({ DATA_DIR: damagedFolder() }), /the data folder is damaged: .*dynamodb/],
  [
    'damaged data of the local Google',
    () => ({ DATA_DIR: damagedGoogle() }),
    /the data folder is damaged: .*google\.sqlite .*; move it away/,
  ],
  [
    'a data folder that is a file',
    () => ({ DATA_DIR: fileInPlaceOfFolder() }),
    /the data folder .* cannot be used/,
  ],
  [
    'a data folder that cannot be made',
    () => ({ DATA_DIR: '/proc/none' }),
    /the data folder .* cannot be used/,
  ],
  [
    'a missing client secret file',
    () => ({ CLIENT_SECRET_FILE: '/none.json' }),
    /\/none\.json does not exist/,
  ],
  [
    'an unreadable client secret file',
    () => ({ CLIENT_SECRET_FILE: damagedFolder() }),
    /cannot be read \(EISDIR\)/,
  ],
])('%s ends it with one line and status 1', async (_, variables, message) => {
  const { ended } = run(await variables());
  const { code, stdout, stderr } = await ended;
  expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
  expect(stderr).toMatch(message);
  expect(stderr).toMatch(/^gmail-offline-access: [^\n]+\n$/);
});

test('faulty and misspelt variables are all named at once, a line each', async () => {
  const { code, stderr } = await run({ PORT: 'x', GOOGLE_ISSUER: 'https://example.com', SIGNUP: 'open' })
    .ended;
  expect(code).toBe(1);
  expect(stderr).toMatch(
    /^gmail-offline-access: Unknown variable SIGNUP: did you mean SIGN_UP\?\ngmail-offline-access: PORT must be .*\ngmail-offline-access: GOOGLE_ISSUER must be .*\n$/,
  );
});

test('a data folder in use is refused, and its user goes on undisturbed', async () => {
  const DATA_DIR = temporaryFolder();
  const origin = await run({ DATA_DIR }).ready;
  const { code, stderr } = await run({ DATA_DIR }).ended;
  expect(code).toBe(1);
  expect(stderr).toMatch(/^gmail-offline-access: the data folder .* is in use by another process; .*\n$/);
  expect((await fetch(`${origin}/`)).status).toBe(200);
});
