/** `npm run grants`: imports and exports grants. */
import { open } from 'node:fs/promises';
import { createClientSecretReader } from '../../lambdas/aws/client-secret.ts';
import { createGrantAddresses } from '../../lambdas/aws/grant-addresses.ts';
import { createGrantList } from '../../lambdas/aws/grant-list.ts';
import { createGrantsTable } from '../../lambdas/aws/grants-table.ts';
import { createMailboxesTable } from '../../lambdas/aws/mailboxes-table.ts';
import { createSyncQueue } from '../../lambdas/aws/sync-queue.ts';
import { connectTables } from '../../lambdas/aws/table.ts';
import { createTokenCipher } from '../../lambdas/aws/token-key.ts';
import { readConfig } from '../../lambdas/config.ts';
import { createClientCredentials } from '../../lambdas/google/client-credentials.ts';
import { quotaProfiles } from '../../lambdas/google/quota-prices.ts';
import { enqueueConnected } from '../../lambdas/sync/mailbox/announce.ts';
import { connectMailbox } from '../../lambdas/sync/mailbox/connect.ts';
import { enqueueErasure } from '../../lambdas/sync/mailbox/erase.ts';
import { renewAddress } from '../../lambdas/sync/mailbox/renew-address.ts';
import type { OwnedMailbox } from '../../lambdas/sync/mailbox/sync-queue.ts';
import { type CommandLine, runCommand } from './command-line.ts';
import { exportGrants } from './export-grants.ts';
import { createTokenCheck } from './held-token.ts';
import { type ImportSummary, importGrants } from './import-grants.ts';
import { findInstallation, type Installation } from './installation.ts';
import { asOperator } from './key-refusal.ts';
import { toolLog, writeRecord } from './log.ts';
import { withOutput } from './output.ts';
import { textLines } from './text-lines.ts';
import { codeOf, runTool, ToolError } from './tool-error.ts';

const commands = {
  import: {
    takes: 'file',
    options: ['stage', 'local', 'dry-run', 'scopes', 'no-copy'],
    about: 'Checks each refresh token of a file of JSON lines at Google, and stores those that work.',
    example: 'grants.jsonl --dry-run',
  },
  export: {
    options: ['stage', 'local', 'out'],
    about: 'Writes the refresh tokens of all active grants as JSON lines.',
    example: '--out grants.jsonl',
  },
} as const;

await runTool(() =>
  runCommand('npm run grants --', commands, async (line) => {
    const installation = await findInstallation(line.options, process.env);
    return line.command === 'import' ? runImport(line, installation) : runExport(line, installation);
  }),
);

async function runImport({ argument: file, options }: CommandLine, { variables }: Installation) {
  const config = readConfig(
    variables,
    'scopes',
    'copy',
    'quotaProfile',
    'grantsTable',
    'mailboxesTable',
    'tokenKey',
    'clientSecretId',
    'syncQueue',
    'tokenEndpoint',
    'userinfoEndpoint',
  );
  const tables = connectTables();
  const queue = createSyncQueue(config.syncQueue, { log: toolLog });
  const mailboxes = createMailboxesTable(tables, config.mailboxesTable);
  const addresses = createGrantAddresses(tables, config.grantsTable);
  const quota = quotaProfiles[config.quotaProfile];
  const eraseCopy = (ended: OwnedMailbox) => enqueueErasure(ended, queue);
  const enqueue = (mailbox: OwnedMailbox) => enqueueConnected(mailbox, queue);
  const client = createClientCredentials(createClientSecretReader(config.clientSecretId));
  const dryRun = options['dry-run'] ?? false;
  const summary = await importGrants(await readLines(file), {
    google: createTokenCheck({ client, ...config }),
    grants: createGrantsTable(tables, config.grantsTable),
    cipher: createTokenCipher(config.tokenKey),
    scopes: config.scopes,
    connected: async (grant, shown) => {
      await (config.copy === 'off'
        ? enqueueConnected(grant, queue)
        : connectMailbox(grant, { mailboxes, eraseCopy, enqueueConnected: enqueue, quota }));
      await renewAddress(grant, shown, { addresses, queue });
    },
    dryRun,
    report: (text) => void process.stdout.write(`${text}\n`),
  });
  return statusOf(summary, dryRun);
}

function statusOf({ stored, refused, stoppedBecause }: ImportSummary, dryRun: boolean): number {
  process.stdout.write(`${stored} ${dryRun ? 'would be stored' : 'stored'}, ${refused} refused\n`);
  if (stoppedBecause !== undefined) {
    throw new ToolError(`stopped at ${stoppedBecause}; what was stored stays, so import the file again then`);
  }
  return refused > 0 ? 1 : 0;
}

async function readLines(file: string): Promise<AsyncIterable<string>> {
  try {
    return textLines((await open(file)).createReadStream());
  } catch (error) {
    throw new ToolError(`${file} cannot be read (${codeOf(error)}); name a file of JSON lines`);
  }
}

async function runExport({ options }: CommandLine, { name, variables }: Installation): Promise<number> {
  const { grantsTable, tokenKey } = readConfig(variables, 'grantsTable', 'tokenKey');
  const tables = connectTables();
  const { bound, unreadable } = await withOutput(options.out, (output) =>
    exportGrants({
      grants: createGrantsTable(tables, grantsTable),
      listGrants: createGrantList(tables, grantsTable).pages,
      cipher: asOperator(createTokenCipher(tokenKey)),
      output,
      audit: (record) => writeRecord({ ...record, installation: name }),
    }),
  );
  if (bound > 0) {
    process.stderr.write(
      `gmail-offline-access: ${bound} of these tokens are bound to a key of this installation, and worth nothing without it\n`,
    );
  }
  return unreadable > 0 ? 1 : 0;
}
