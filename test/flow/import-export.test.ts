import { execFile } from 'node:child_process';
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { DisableKeyCommand, EnableKeyCommand, KMSClient } from '@aws-sdk/client-kms';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { backendOf, invite } from '../support/callers.ts';
import { runTool } from '../support/run-tool.ts';
import { type Site, startSite } from '../support/site.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const ada = 'ada@example.com';

interface Line {
  readonly account: string;
  readonly refreshToken: string;
  readonly scopes?: readonly string[];
  readonly owner?: string;
  readonly email?: string;
}

/** One installation has grants; the other, with the same Google and the same OAuth client there, has none yet. */
let first: Site;
let second: Site;
let people: string[];

beforeAll(async () => {
  first = await startSite({ demoMessages: 12, sync: true, syncIntervalSeconds: 1 });
  second = await startSite({
    clientSecretFile: join(first.dataFolder, 'client_secret.json'),
    googleIssuer: first.google.origin,
    gmailRootUrl: first.google.origin,
    signUp: 'links-only',
    sync: true,
    syncIntervalSeconds: 1,
  });
  people = first.google.accounts.slice(0, 3);
  await first.connected({ start: await invite(first, 'tenant-7') });
  for (const account of people.slice(1)) await first.connected({ account });
});
afterAll(async () => {
  await second.close();
  await first.close();
});
afterEach(() => second.forget());

const grantsOf = (site: Site, ...args: string[]) =>
  runTool('grants', [...args, '--local'], { DATA_DIR: site.dataFolder });

let lastExport: Promise<Line[]> | undefined;

/** What the first installation exports, read once for all tests that change nothing there. */
function exported(): Promise<Line[]> {
  lastExport ??= exportAll();
  return lastExport;
}

async function exportAll(): Promise<Line[]> {
  const { stdout } = await grantsOf(first, 'export');
  const lines: Line[] = stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
  return lines.toSorted((one, other) => people.indexOf(one.email ?? '') - people.indexOf(other.email ?? ''));
}

function fileOf(lines: readonly unknown[], encode: (text: string) => Buffer = Buffer.from): string {
  const file = join(temporaryFolder(), 'grants.jsonl');
  const text = lines.map((line) => (typeof line === 'string' ? line : JSON.stringify(line)));
  writeFileSync(file, encode(`${text.join('\n')}\n`));
  return file;
}

const importTo = (site: Site, lines: readonly unknown[], ...args: string[]) =>
  grantsOf(site, 'import', fileOf(lines), ...args);

async function listed(site: Site, { account }: Line): Promise<unknown[]> {
  const { status, body } = await backendOf(site)('GET', `/accounts/${account}/messages`);
  expect(status).toBe(200);
  return Array.from(Object(body['messages']), (message) => Object(message).id);
}

/** The accounts of which the worker was told that they are connected. */
function toldOfConnected({ calls }: Site): unknown[] {
  const sent = calls.filter(({ action }) => action === 'SendMessageBatch');
  const bodies = sent.flatMap(({ input }) =>
    Array.from(Object(input['Entries']), (entry) => JSON.parse(Object(entry).MessageBody)),
  );
  return bodies.flatMap(({ kind, accountId }) => (kind === 'connected' ? [accountId] : [])).toSorted();
}

describe('an export', () => {
  it('gives every active grant’s token in a file that only the operator may read', async () => {
    const out = join(temporaryFolder(), 'grants.jsonl');
    const { code, stdout, stderr } = await grantsOf(first, 'export', '--out', out);
    expect({ code, stdout }).toEqual({ code: 0, stdout: '' });
    expect(statSync(out).mode & 0o777).toBe(0o600);
    const lines: Line[] = readFileSync(out, 'utf8')
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(lines.map(({ email }) => email).toSorted()).toEqual(people.toSorted());
    expect(lines.find(({ email }) => email === ada)).toEqual({
      account: expect.stringMatching(/^\d{21}$/),
      refreshToken: expect.stringMatching(/^1\/\//),
      scopes: expect.arrayContaining(['openid', 'https://www.googleapis.com/auth/gmail.readonly']),
      owner: 'tenant-7',
      email: ada,
    });
    expect(JSON.parse(stderr)).toMatchObject({ event: 'grants exported', count: 3, installation: 'local' });
    for (const { refreshToken } of lines) expect(stderr).not.toContain(refreshToken);
  });

  it('writes over no file', async () => {
    const out = fileOf(['something dear']);
    const { code, stderr } = await grantsOf(first, 'export', '--out', out);
    expect(code).toBe(1);
    expect(stderr).toMatch(/^gmail-offline-access: .* exists already; [^\n]*\n$/);
    expect(readFileSync(out, 'utf8')).toBe('something dear\n');
  });

  it('that breaks off leaves no file behind, and is told all the same', async () => {
    const out = join(temporaryFolder(), 'grants.jsonl');
    const { kmsEndpoint: endpoint, region, credentials, tokenKey: KeyId } = first.aws;
    const kms = new KMSClient({ endpoint, region, credentials });
    await kms.send(new DisableKeyCommand({ KeyId }));
    const { code, stderr } = await grantsOf(first, 'export', '--out', out);
    await kms.send(new EnableKeyCommand({ KeyId }));
    kms.destroy();
    expect(code).toBe(1);
    expect(existsSync(out)).toBe(false);
    expect(stderr).toContain('"event":"grants exported","count":');
    expect(stderr).toMatch(/^gmail-offline-access: the token vault cannot be reached/m);
  });
});

it('without the right to decrypt ends at once, and names the role that has it', async () => {
  const failure = { error: 'AccessDeniedException' };
  // The grants of all three are decrypted side by side.
  first.aws.failNext({ service: 'kms', action: 'Decrypt', failure, times: people.length });
  const { code, stdout, stderr } = await grantsOf(first, 'export');
  expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
  expect(stderr).toMatch(
    /^gmail-offline-access: these AWS credentials must not decrypt tokens: .*breakGlassRoleArn/m,
  );
});

it('is told to the audit also when nobody reads it to the end', async () => {
  const tool = resolve(import.meta.dirname, '../../infra/tools/grants.ts');
  const { stderr } = await promisify(execFile)(
    'sh',
    ['-c', '"$0" "$1" export --local | true', process.execPath, tool],
    { env: { ...process.env, DATA_DIR: first.dataFolder } },
  );
  expect(stderr).toContain('"event":"grants exported","count":0');
  expect(stderr).toMatch(/^gmail-offline-access: .*EPIPE/m);
});

describe('what was exported, imported where nothing is', () => {
  it('gives working listings, for the same owners, and copies', async () => {
    const lines = await exported();
    const { code, stdout, stderr } = await importTo(second, lines);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout.trimEnd().split('\n')).toEqual([
      ...lines.map(({ account, email }, index) => `line ${index + 1}: stored: ${account} (${email})`),
      '3 stored, 0 refused',
    ]);
    for (const line of lines) {
      const truth = await first.truth(line.email ?? '');
      expect(await listed(second, line)).toEqual(truth.map(({ id }) => id).slice(0, 100));
    }
    expect(toldOfConnected(second)).toEqual(lines.map(({ account }) => account).toSorted());
    const backend = backendOf(second);
    const { body: accounts } = await backend('GET', '/accounts', { query: { owner: 'tenant-7' } });
    expect(accounts['accounts']).toMatchObject([{ email: ada, owner: 'tenant-7', status: 'active' }]);
    const [line] = lines;
    await vi.waitFor(
      async () => {
        const { body } = await backend('GET', `/accounts/${line?.account}`);
        expect(body['sync']).toMatchObject({ phase: 'live', percent: 100 });
      },
      { timeout: 60_000, interval: 250 },
    );
  });

  it('can be imported again', async () => {
    const lines = await exported();
    await importTo(second, lines);
    const generations = async () =>
      new Map((await second.items('grants')).map((item) => [item['accountId'], item['generation']]));
    const before = await generations();
    expect((await importTo(second, lines)).code).toBe(0);
    expect(await generations()).toEqual(before);
    for (const line of lines) await listed(second, line);
  });

  it('is the same when it is exported from there', async () => {
    const lines = await exported();
    await importTo(second, lines);
    const { stdout } = await grantsOf(second, 'export');
    const back: Line[] = stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(new Set(back)).toEqual(new Set(lines));
  });

  it.each<[string, (text: string) => Buffer]>([
    ['UTF-8 with a byte order mark', (text) => Buffer.from(`\uFEFF${text}`)],
    [
      'UTF-16 and the line ends of Windows',
      (text) => Buffer.from(`\uFEFF${text.replaceAll('\n', '\r\n')}`, 'utf16le'),
    ],
  ])('can be imported from a file in %s', async (_, encode) => {
    const [line] = await exported();
    const { code, stdout } = await grantsOf(second, 'import', fileOf([line], encode), '--dry-run');
    expect([code, stdout]).toEqual([
      0,
      `line 1: would be stored: ${line?.account} (${ada})\n1 would be stored, 0 refused\n`,
    ]);
  });

  it('is only looked at by a dry run', async () => {
    const [line] = await exported();
    const { code, stdout } = await importTo(second, [line, '{}'], '--dry-run');
    expect(code).toBe(1);
    expect(stdout).toContain(`line 1: would be stored: ${line?.account} (${ada})\nline 2: refused: `);
    expect(await second.items('grants')).toEqual([]);
  });
});

describe('a line that is no good changes nothing, and says why', () => {
  const bad: readonly [(mine: Line, another: Line) => unknown, reason: string][] = [
    [(mine) => `${mine.refreshToken}`, 'it is not JSON'],
    [(mine) => [mine.refreshToken], 'it must be a JSON object'],
    [({ account }) => ({ account }), 'refreshToken is missing'],
    [
      (mine) => ({ ...mine, account: ada }),
      'account must be the account’s number at Google (`sub`), not its address',
    ],
    [
      (mine) => ({ ...mine, [mine.refreshToken]: 1 }),
      'a field is not known; known are account, refreshToken, scopes, boundTo, owner, email',
    ],
    [
      (mine) => ({ ...mine, refreshToken: '1//0wrong' }),
      'Google does not accept the token: it was revoked, has expired or never was a token',
    ],
    [
      (mine, another) => ({ ...mine, refreshToken: another.refreshToken }),
      'the token belongs to another account than the line',
    ],
    [
      (mine) => ({ ...mine, email: 'eve@example.com' }),
      'the account has another address than the line: correct it, or omit email',
    ],
    [
      (mine) => ({ ...mine, scopes: ['https://mail.google.com/'] }),
      'the token has fewer scopes than the line',
    ],
  ];

  it('while the lines around it are stored', async () => {
    const lines = await exported();
    const [mine, another, third] = lines;
    if (mine === undefined || another === undefined) throw new Error('Too little was exported.');
    const { code, stdout, stderr } = await importTo(second, [
      another,
      ...bad.map(([line]) => line(mine, another)),
      third,
    ]);
    expect(code).toBe(1);
    expect(stdout.trimEnd().split('\n')).toEqual([
      `line 1: stored: ${another.account} (${another.email})`,
      ...bad.map(([, reason], index) => `line ${index + 2}: refused: ${reason}`),
      `line ${bad.length + 2}: stored: ${third?.account} (${third?.email})`,
      `2 stored, ${bad.length} refused`,
    ]);
    for (const table of ['grants', 'mailboxes'] as const) {
      const stored = (await second.items(table)).map((item) => item['accountId']);
      expect(stored.toSorted()).toEqual([another.account, third?.account].toSorted());
    }
    for (const { refreshToken } of lines) expect(stdout + stderr).not.toContain(refreshToken);
  });

  it('whose mailbox is another owner’s', async () => {
    const [line] = await exported();
    await importTo(second, [line]);
    const before = await second.items('grants');
    const { code, stdout } = await importTo(second, [{ ...line, owner: 'tenant-8' }]);
    expect([code, stdout]).toEqual([
      1,
      'line 1: refused: this mailbox is already connected for another owner\n0 stored, 1 refused\n',
    ]);
    expect(await second.items('grants')).toEqual(before);
  });

  it('whose token does not open what is asked for', async () => {
    const [line] = await exported();
    const scopes = 'openid https://www.googleapis.com/auth/gmail.modify';
    const { stdout } = await importTo(second, [line], '--scopes', scopes);
    expect(stdout).toMatch(/^line 1: refused: the token lacks scopes .*gmail\.modify\n/);
    expect(await second.items('grants')).toEqual([]);
  });

  it('whose token was revoked', async () => {
    const lines = await exported();
    const last = lines.at(-1);
    await first.admin('POST', `/accounts/${last?.email}/revoke`);
    const { code, stdout } = await importTo(second, [last]);
    expect([code, stdout]).toEqual([
      1,
      'line 1: refused: Google does not accept the token: it was revoked, has expired or never was a token\n0 stored, 1 refused\n',
    ]);
    expect(await second.items('grants')).toEqual([]);
    await first.connected({ account: last?.email ?? '' });
    lastExport = undefined;
  });
});

describe('a fault that is no line’s stops the import, and what was stored stays', () => {
  it('when Google cannot be reached', async () => {
    const lines = await exported();
    await first.fault('userinfo', { status: 503 }, 0);
    const { code, stdout, stderr } = await importTo(second, [
      'nothing',
      ...Array.from({ length: 5 }, () => lines).flat(),
    ]);
    await first.admin('DELETE', '/faults');
    expect(code).toBe(1);
    expect(stdout).toContain('line 1: refused: it is not JSON\nline 2: not done: Google cannot be reached');
    // Those that were under way when the first one failed, and no more.
    expect(stdout.match(/not done/g)?.length).toBeLessThan(5);
    expect(stdout).toContain('0 stored, 1 refused\n');
    expect(stderr).toMatch(/^gmail-offline-access: stopped at line 2: Google cannot be reached; [^\n]*\n$/);
    expect(await second.items('grants')).toEqual([]);
  });

  it('when KMS refuses; and the whole file can be imported afterwards', async () => {
    const lines = await exported();
    // Of each line two tokens.
    second.aws.failNext({
      service: 'kms',
      action: 'Encrypt',
      times: 6,
      failure: { error: 'AccessDeniedException' },
    });
    const { code, stderr } = await importTo(second, lines);
    expect(code).toBe(1);
    expect(stderr).toMatch(
      /^gmail-offline-access: stopped at line 1: the token vault cannot be reached \(AccessDeniedException: /,
    );
    expect(await second.items('grants')).toEqual([]);
    expect((await importTo(second, lines)).code).toBe(0);
  });
});

describe('the copy of a mailbox', () => {
  it('is taken out whole, Spam and Trash included, with what could not be copied', async () => {
    const [line] = await exported();
    const account = line?.account ?? '';
    const { messages: truth } = Object(
      await first.admin('GET', `/accounts/${ada}/messages?includeSpamTrash=true`),
    );
    await vi.waitFor(
      async () => {
        const { body } = await backendOf(first)('GET', `/accounts/${account}`);
        expect(body['sync']).toMatchObject({ phase: 'live' });
      },
      { timeout: 60_000, interval: 250 },
    );
    const [grant] = (await first.items('grants')).filter((item) => item['accountId'] === account);
    await first.put('messages', {
      mailbox: `${account}#${grant?.['generation']}#failed`,
      messageId: 'feed',
      reason: 'google_error',
      attempts: 2,
      nextAttemptAt: Date.UTC(2100, 0, 1),
    });
    const out = join(temporaryFolder(), 'copy.jsonl');
    const { code, stderr } = await runTool(
      'copy',
      ['export', '--account', account, '--out', out, '--local'],
      {
        DATA_DIR: first.dataFolder,
      },
    );
    const lines = readFileSync(out, 'utf8')
      .trimEnd()
      .split('\n')
      .map((text) => JSON.parse(text));
    expect(code).toBe(0);
    expect(JSON.parse(stderr)).toMatchObject({ event: 'copy exported', messages: truth.length, failed: 1 });
    expect(statSync(out).mode & 0o777).toBe(0o600);
    expect(lines.at(-1)).toEqual({
      id: 'feed',
      failed: 'google_error',
      attempts: 2,
      nextAttempt: '2100-01-01T00:00:00.000Z',
    });
    const ids = lines.slice(0, -1).map(({ id }) => id);
    expect(ids.toSorted()).toEqual(Array.from(truth, (message) => Object(message).id).toSorted());
    const { body } = await backendOf(first)('GET', `/accounts/${account}/mailbox/messages`);
    for (const shown of Array.from(Object(body['messages']), (message) => Object(message))) {
      const { historyId, ...same } = lines.find(({ id }) => id === shown.id);
      expect(same).toEqual(shown);
      expect(historyId).toMatch(/^[1-9]\d*$/);
    }
  });

  it('is nobody’s who is not connected', async () => {
    const { code, stdout, stderr } = await runTool('copy', ['export', '--account', '1', '--local'], {
      DATA_DIR: first.dataFolder,
    });
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toMatch(/^gmail-offline-access: no such account is connected; [^\n]*\n$/);
  });
});

it('marks a token that is bound to a key in the export, and takes none in the import', async () => {
  const [line] = await exported();
  await importTo(second, [line]);
  const [stored = {}] = await second.items('grants');
  await second.put('grants', { ...stored, boundTo: 'thumbprint-1' });
  const { code, stdout, stderr } = await grantsOf(second, 'export');
  expect(code).toBe(0);
  expect(JSON.parse(stdout)).toEqual({ ...line, boundTo: 'thumbprint-1' });
  expect(stderr).toContain('"count":1,"bound":1');
  expect(stderr).toContain('1 of these tokens are bound to a key of this installation');
  const refused = await importTo(first, [stdout.trimEnd()]);
  expect(refused).toMatchObject({ code: 1, stderr: '' });
  expect(refused.stdout).toMatch(/^line 1: refused: the token is bound to a key .*\n0 stored, 1 refused\n$/);
});
