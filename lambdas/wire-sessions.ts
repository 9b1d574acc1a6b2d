import { createLoginMac } from './aws/login-mac.ts';
import type { connectSecrets } from './aws/secret.ts';
import { createSessionsTable } from './aws/sessions-table.ts';
import type { connectTables } from './aws/table.ts';
import type { readConfig } from './config.ts';
import { createCookieJar } from './http/cookies.ts';

/** Wires the reading of callers' sessions. */
export function wireSessions(
  { origin, loginsTable, loginKey }: ReturnType<typeof readConfig<'origin' | 'loginsTable' | 'loginKey'>>,
  tables: ReturnType<typeof connectTables>,
  secrets?: ReturnType<typeof connectSecrets>,
) {
  return {
    sessions: createSessionsTable(tables, loginsTable, createLoginMac(loginKey, secrets)),
    cookies: createCookieJar(origin),
  };
}
