import { createGrantSummaryReader } from './aws/grants-table.ts';
import { createHandoffsTable } from './aws/handoffs-table.ts';
import { createLoginMac } from './aws/login-mac.ts';
import { createSessionsTable } from './aws/sessions-table.ts';
import { log } from './log.ts';
import { exchangeHandoffRoute } from './sessions/exchange-handoff.ts';
import { logSessions } from './sessions/log-sessions.ts';
import { wireRoute } from './wire-route.ts';

export const handler = wireRoute(
  ['allowedReturnOrigins', 'loginsTable', 'loginKey', 'grantsTable'],
  ({ loginsTable, loginKey, grantsTable, ...origins }, tables) => {
    const mac = createLoginMac(loginKey);
    return exchangeHandoffRoute({
      ...origins,
      handoffs: createHandoffsTable(tables, loginsTable, mac),
      sessions: logSessions(createSessionsTable(tables, loginsTable, mac), log),
      findAccount: createGrantSummaryReader(tables, grantsTable),
    });
  },
);
