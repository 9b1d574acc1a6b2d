import { execFile } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { type Mutation, mutations } from './mutation-list.ts';

const project = join(import.meta.dirname, '..', '..');

/** Enough for each of the mutations. */
const runs = process.env['SYNC_MODEL_RUNS'] ?? '1000';
const atOnce = availableParallelism();

/** Only mutations with one of these words in their names; all, where none is given. */
const asked = process.argv.slice(2);
const chosen = mutations.filter(
  ({ name }) => asked.length === 0 || asked.some((word) => name.includes(word)),
);
if (chosen.length === 0) throw new Error(`No mutation is named ${asked.join(' or ')}.`);

/** A copy of the project in which the model test can run, with the mutation in its sync. */
function copyProject(mutation: Mutation | undefined): string {
  const folder = mkdtempSync(join(tmpdir(), 'gmail-offline-access-mutation-'));
  // Without the project's own configuration, which makes ready what other tests need.
  for (const part of [
    'lambdas',
    'test/sync-model',
    'test/support/doubles',
    'test/support/seed.ts',
    'package.json',
  ]) {
    cpSync(join(project, part), join(folder, part), { recursive: true });
  }
  symlinkSync(join(project, 'node_modules'), join(folder, 'node_modules'));
  if (mutation === undefined) return folder;
  const path = join(folder, 'lambdas', 'sync', mutation.file);
  const source = readFileSync(path, 'utf8');
  const places = source.split(mutation.search).length - 1;
  if (places !== 1) throw new Error(`“${mutation.name}”: its text is ${places} times in ${mutation.file}.`);
  writeFileSync(
    path,
    source.replace(mutation.search, () => mutation.replacement),
  );
  return folder;
}

/** Whether the model test fails. */
async function isCaught(mutation: Mutation | undefined): Promise<boolean> {
  const folder = copyProject(mutation);
  const vitest = join(project, 'node_modules', 'vitest', 'vitest.mjs');
  try {
    await promisify(execFile)(
      process.execPath,
      [
        vitest,
        'run',
        '--root',
        folder,
        'test/sync-model/model.test.ts',
        '--testNamePattern',
        'whatever happens',
      ],
      { env: { ...process.env, SYNC_MODEL_RUNS: runs, TEST_SEED: '7' }, maxBuffer: 100_000_000 },
    );
    return false;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 1) return true;
    throw error;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

if (await isCaught(undefined)) throw new Error('The model test fails without any mutation.');
const missed: string[] = [];
const queue = [...chosen];
async function work(): Promise<void> {
  for (let mutation = queue.shift(); mutation !== undefined; mutation = queue.shift()) {
    const caught = await isCaught(mutation);
    console.info(`${caught ? 'caught' : 'MISSED'}  ${mutation.name}`);
    if (!caught) missed.push(mutation.name);
  }
}
await Promise.all(Array.from({ length: atOnce }, work));
console.info(`${chosen.length - missed.length} of ${chosen.length} mutations are caught.`);
process.exitCode = missed.length === 0 ? 0 : 1;
