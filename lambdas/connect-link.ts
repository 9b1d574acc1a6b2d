import { createConnectLinksTable } from './aws/connect-links-table.ts';
import { createLoginMac } from './aws/login-mac.ts';
import { followConnectLinkRoute } from './consent/follow-connect-link.ts';
import { showConnectLinkRoute } from './consent/show-connect-link.ts';
import { byRouteKey } from './http/handler.ts';
import { consentStartSettings, wireConsentStart } from './wire-consent-start.ts';
import { wireRoute } from './wire-route.ts';

export const handler = wireRoute(consentStartSettings, (config, tables) => {
  const mac = createLoginMac(config.loginKey);
  const dependencies = {
    ...wireConsentStart(config, tables, mac),
    links: createConnectLinksTable(tables, config.loginsTable, mac),
  };
  return byRouteKey({
    'GET /connect': showConnectLinkRoute(dependencies),
    'POST /connect': followConnectLinkRoute(dependencies),
  });
});
