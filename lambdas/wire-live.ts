import { createLiveUnitsTable, createSyncUnitsReader } from './aws/live-units.ts';
import { connectSecrets } from './aws/secret.ts';
import { connectTables } from './aws/table.ts';
import { readConfig } from './config.ts';
import { createMailboxOpener } from './google/gmail.ts';
import { quotaProfiles } from './google/quota-prices.ts';
import { createTransport } from './google/transport.ts';
import { createHandler, type HttpHandler, type Route } from './http/handler.ts';
import { offerLogin } from './http/problem-response.ts';
import type { CallerMailboxDependencies } from './live/caller-mailbox.ts';
import { createLiveUnits } from './live/live-units.ts';
import { log } from './log.ts';
import { grantSettings, wireAccessTokens } from './wire-grants.ts';
import type { Tables } from './wire-route.ts';
import { sessionSettings, wireSessions } from './wire-sessions.ts';

const liveSettings = [
  ...sessionSettings,
  ...grantSettings,
  ...(['gmailRootUrl', 'usageTable', 'mailboxesTable', 'copy', 'quotaProfile', 'minuteSeconds'] as const),
] as const;

/** The dependencies of a live route, and the tables for further ones. */
type LiveWiring = CallerMailboxDependencies & { readonly tables: Tables };

/** Makes the handler of a route that reads Gmail, and offers a new consent to a browser whose grant has ended. */
export function wireLive(route: (dependencies: LiveWiring) => Route): HttpHandler {
  const config = readConfig(process.env, ...liveSettings);
  const { origin, gmailRootUrl: rootUrl } = config;
  const tables = connectTables();
  const secrets = connectSecrets();
  const transport = createTransport();
  const dependencies = {
    tables,
    ...wireSessions(config, tables, secrets),
    ...wireAccessTokens(config, tables, 'read mail', { secrets, transport }),
    openMailbox: createMailboxOpener({ rootUrl, transport }),
    openUnits: createLiveUnits({
      quota: quotaProfiles[config.quotaProfile],
      minute: config.minuteSeconds * 1_000,
      store: createLiveUnitsTable(tables, config.usageTable),
      unitsOfSync: config.copy === 'off' ? undefined : createSyncUnitsReader(tables, config.mailboxesTable),
      log,
    }),
  };
  return createHandler(route(dependencies), { origin, log, redirectBrowser: offerLogin(origin) });
}
