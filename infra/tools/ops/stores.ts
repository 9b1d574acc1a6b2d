import { createAccountList, createAccountReader } from '../../../lambdas/aws/account-list.ts';
import { createChangesTable } from '../../../lambdas/aws/changes-table.ts';
import { createClientSecretReader } from '../../../lambdas/aws/client-secret.ts';
import { createErasureRecord } from '../../../lambdas/aws/erasures.ts';
import { createGrantsTable } from '../../../lambdas/aws/grants-table.ts';
import { createMailboxesTable } from '../../../lambdas/aws/mailboxes-table.ts';
import { createSessionEnds } from '../../../lambdas/aws/sessions-table.ts';
import { createSyncQueue } from '../../../lambdas/aws/sync-queue.ts';
import { connectTables } from '../../../lambdas/aws/table.ts';
import { createTokenCipher } from '../../../lambdas/aws/token-key.ts';
import { createTickReader, createUsageTable } from '../../../lambdas/aws/usage-table.ts';
import { readConfig } from '../../../lambdas/config.ts';
import { createTokenRevoker } from '../../../lambdas/google/oauth.ts';
import { logDecryptions } from '../../../lambdas/grants/log-decryptions.ts';
import { enqueueErasure } from '../../../lambdas/sync/mailbox/erase.ts';
import type { OwnedMailbox } from '../../../lambdas/sync/mailbox/sync-queue.ts';
import type { Installation } from '../installation.ts';
import { asOperator } from '../key-refusal.ts';
import { toolLog } from '../log.ts';
import { createCopyLookup } from './copy-lookup.ts';
import { openDeadLetters } from './dead-letters.ts';

/** All that operators' commands reach, by the modules of the functions. */
export type Stores = ReturnType<typeof openStores>;

/** Connects the stores of an installation; nothing is called yet. */
export function openStores({ variables }: Installation) {
  const config = readConfig(
    variables,
    'loginsTable',
    'grantsTable',
    'mailboxesTable',
    'messagesTable',
    'changesTable',
    'usageTable',
    'tokenKey',
    'clientSecretId',
    'syncQueue',
    'eventBus',
    'scopes',
    'quotaProfile',
    'dailyUnits',
    'minuteSeconds',
    'copy',
    'googleIssuer',
    'authorizationEndpoint',
    'tokenEndpoint',
    'revocationEndpoint',
    'userinfoEndpoint',
    'gmailRootUrl',
  );
  const tables = connectTables();
  const queue = createSyncQueue(config.syncQueue, { log: toolLog });
  const grants = createGrantsTable(tables, config.grantsTable);
  const sessions = createSessionEnds(tables, config.loginsTable);
  const eraseCopy = (ended: OwnedMailbox) => enqueueErasure(ended, queue);
  return {
    config,
    tables,
    queue,
    grants,
    sessions,
    accounts: createAccountList(tables, config.grantsTable),
    findAccount: createAccountReader(tables, config.grantsTable),
    mailboxes: createMailboxesTable(tables, config.mailboxesTable),
    isCopied: createCopyLookup(tables, config.messagesTable),
    feed: createChangesTable(tables, config.changesTable),
    erasures: createErasureRecord(tables, config.changesTable),
    usage: createUsageTable(tables, config.usageTable),
    ranTick: createTickReader(tables, config.usageTable),
    readSecret: createClientSecretReader(config.clientSecretId),
    deadLetters: openDeadLetters(config.syncQueue),
    eraseCopy,
    ending: {
      grants,
      sessions,
      cipher: logDecryptions(
        asOperator(
          createTokenCipher(config.tokenKey),
          'the grant is disconnecting, and the nightly sweep will revoke and erase it',
        ),
        'revoke a grant',
        toolLog,
      ),
      google: createTokenRevoker({ revocationEndpoint: config.revocationEndpoint }),
      log: toolLog,
      eraseCopy,
    },
  };
}
