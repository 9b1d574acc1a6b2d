import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { packClient } from '../../infra/pack-client.ts';
import manifest from '../../package.json' with { type: 'json' };

const run = promisify(execFile);

/** A program that uses the package as one that has installed it, and nothing else, does. */
const consumer = `import { createBackendClient, createClient, GmailOfflineAccessError } from 'gmail-offline-access/client';
import type { ListedMessage, MailboxStatus, Sign } from 'gmail-offline-access/client';

const client = createClient({ site: 'https://mail.example.com', token: 'secret' });
export const list = async (): Promise<string[]> => {
  const ids: string[] = [];
  for await (const { id } of client.messages.all({ q: 'is:unread', view: 'summary' })) ids.push(id);
  return ids;
};
export const status: () => Promise<MailboxStatus> = client.mailbox.status;
export const sender = ({ summary }: ListedMessage): string | undefined => summary?.from;
export const mended = (error: unknown) => error instanceof GmailOfflineAccessError && error.code === 'grant_revoked';
const sign: Sign = ({ headers }) => headers;
export const backend = createBackendClient({ site: 'https://mail.example.com', sign });
// @ts-expect-error there is no such field
export const none = (status: MailboxStatus) => status.none;
// @ts-expect-error there is no such format
export const wrong = () => client.messages.get('1', { format: 'whole' });
`;

describe('the packed client', () => {
  let folder: string;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'gmail-offline-access-'));
    const installed = join(folder, 'node_modules/gmail-offline-access');
    mkdirSync(installed, { recursive: true });
    await packClient(join(installed, 'dist'));
    const { name, type, exports } = manifest;
    writeFileSync(join(installed, 'package.json'), JSON.stringify({ name, type, exports }));
    writeFileSync(join(folder, 'package.json'), '{"type":"module"}');
    writeFileSync(join(folder, 'consumer.ts'), consumer);
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it('is one module that imports nothing, and is small', () => {
    const code = readFileSync(join(folder, 'node_modules/gmail-offline-access/dist/client/index.js'), 'utf8');
    expect(code).not.toMatch(/^import|\bimport\(|\brequire\(|process\.|Buffer/m);
    expect(code.length).toBeLessThan(20_000);
  });

  it('is loaded by the name of the package', async () => {
    const program = `import { createClient } from 'gmail-offline-access/client';
console.log(createClient({ site: 'https://mail.example.com' }).auth.loginAddress());`;
    writeFileSync(join(folder, 'program.mjs'), program);
    const { stdout } = await run(process.execPath, [join(folder, 'program.mjs')]);
    expect(stdout).toBe('https://mail.example.com/auth/login\n');
  });

  it('brings its types', async () => {
    const compiler = join(
      dirname(createRequire(import.meta.url).resolve('typescript/package.json')),
      'bin/tsc',
    );
    const options = ['--noEmit', '--strict', '--skipLibCheck', 'false', '--types', '', '--target', 'es2022'];
    const modules = ['--module', 'nodenext', '--lib', 'es2022,dom,dom.asynciterable'];
    const { stdout } = await run(process.execPath, [compiler, ...options, ...modules, 'consumer.ts'], {
      cwd: folder,
    }).catch((error: { stdout: string }) => error);
    expect(stdout).toBe('');
  });
});
