import { createGrantSummaryReader } from './aws/grants-table.ts';
import { createHandoffsTable } from './aws/handoffs-table.ts';
import { createLoginMac } from './aws/login-mac.ts';
import { createSessionsTable } from './aws/sessions-table.ts';
import { connectTables } from './aws/table.ts';
import { readConfig } from './config.ts';
import { createHandler } from './http/handler.ts';
import { log } from './log.ts';
import { exchangeHandoffRoute } from './sessions/exchange-handoff.ts';
import { logSessions } from './sessions/log-sessions.ts';

const { origin, allowedReturnOrigins, loginsTable, loginKey, grantsTable } = readConfig(
  process.env,
  'origin',
  'allowedReturnOrigins',
  'loginsTable',
  'loginKey',
  'grantsTable',
);
const tables = connectTables();
const mac = createLoginMac(loginKey);

export const handler = createHandler(
  exchangeHandoffRoute({
    handoffs: createHandoffsTable(tables, loginsTable, mac),
    sessions: logSessions(createSessionsTable(tables, loginsTable, mac), log),
    findAccount: createGrantSummaryReader(tables, grantsTable),
    origin,
    allowedReturnOrigins,
  }),
  { origin, log },
);
