import { createConnectLinksTable } from './aws/connect-links-table.ts';
import { createLoginMac } from './aws/login-mac.ts';
import { connectTables } from './aws/table.ts';
import { readConfig } from './config.ts';
import { createConnectLinkRoute } from './consent/create-connect-link.ts';
import { createHandler } from './http/handler.ts';
import { log } from './log.ts';

const { origin, loginsTable, loginKey, allowedReturnOrigins } = readConfig(
  process.env,
  'origin',
  'loginsTable',
  'loginKey',
  'allowedReturnOrigins',
);

export const handler = createHandler(
  createConnectLinkRoute({
    links: createConnectLinksTable(connectTables(), loginsTable, createLoginMac(loginKey)),
    origin,
    allowedReturnOrigins,
  }),
  { origin, log },
);
