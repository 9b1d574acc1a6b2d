import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { clientId } from '../../support/cloud.ts';

const project = resolve(import.meta.dirname, '..', '..', '..');
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'synth-'));
});

afterAll(async () => {
  await rm(folder, { recursive: true });
});

it('synthesises with the client ID alone, no credentials or network, and twice the same', async () => {
  const first = await cdkSynth('first', `clientId=${clientId}`);
  const second = await cdkSynth('second', `clientId=${clientId}`);
  expect(first).toContain('gmail-offline-access-prod-grants');
  expect(second).toBe(first);
});

it('tells whoever gave wrong options what is wrong, and no more', async () => {
  const refused = cdkSynth('refused', 'stage=Prod', 'dailyUnit=5', 'copy=all');
  await expect(refused).rejects.toMatchObject({
    stderr: expect.stringMatching(
      /^The deployment is not well described\.\n((The|Unknown) context value ".*\.\n){4}node /,
    ),
  });
});

/** Runs `cdk synth` as on a fresh machine; resolves with both templates as text. */
async function cdkSynth(name: string, ...choices: string[]): Promise<string> {
  const home = join(folder, name, 'home');
  const output = join(folder, name, 'cdk.out');
  await mkdir(home, { recursive: true });
  await promisify(execFile)(
    process.execPath,
    [
      join(project, 'node_modules', 'aws-cdk', 'bin', 'cdk'),
      'synth',
      '--quiet',
      '--output',
      output,
      ...choices.flatMap((choice) => ['--context', choice]),
    ],
    {
      cwd: project,
      // Port 9 discards: whatever asks for the network through it fails.
      env: { HOME: home, PATH: dirname(process.execPath), HTTPS_PROXY: 'http://127.0.0.1:9' },
    },
  );
  const templates = ['Data', 'Service'].map((stack) =>
    readFile(join(output, `${stack}.template.json`), 'utf8'),
  );
  return (await Promise.all(templates)).join('\n');
}
