import { createConnectLinksTable } from './aws/connect-links-table.ts';
import { createLoginMac } from './aws/login-mac.ts';
import { createConnectLinkRoute } from './consent/create-connect-link.ts';
import { wireRoute } from './wire-route.ts';

export const handler = wireRoute(
  ['loginsTable', 'loginKey', 'allowedReturnOrigins'],
  ({ loginsTable, loginKey, ...origins }, tables) =>
    createConnectLinkRoute({
      ...origins,
      links: createConnectLinksTable(tables, loginsTable, createLoginMac(loginKey)),
    }),
);
