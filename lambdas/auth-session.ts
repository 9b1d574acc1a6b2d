import { createGrantSummaryReader } from './aws/grants-table.ts';
import { createHandoffsTable } from './aws/handoffs-table.ts';
import { createSessionsTable } from './aws/sessions-table.ts';
import { connectTables } from './aws/table.ts';
import { readConfig } from './config.ts';
import { createHandler } from './http/handler.ts';
import { log } from './log.ts';
import { exchangeHandoffRoute } from './sessions/exchange-handoff.ts';
import { tellSessions } from './sessions/tell-sessions.ts';

const { origin, allowedReturnOrigins, loginsTable, grantsTable } = readConfig(
  process.env,
  'origin',
  'allowedReturnOrigins',
  'loginsTable',
  'grantsTable',
);
const tables = connectTables();

export const handler = createHandler(
  exchangeHandoffRoute({
    handoffs: createHandoffsTable(tables, loginsTable),
    sessions: tellSessions(createSessionsTable(tables, loginsTable), log),
    findAccount: createGrantSummaryReader(tables, grantsTable),
    origin,
    allowedReturnOrigins,
  }),
  { origin, log },
);
