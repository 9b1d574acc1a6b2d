import { createGrantStatusReader } from './aws/grants-table.ts';
import { createLoginMac } from './aws/login-mac.ts';
import { createSessionsTable } from './aws/sessions-table.ts';
import { startConsentRoute } from './consent/start-consent-route.ts';
import { consentStartSettings, wireConsentStart } from './wire-consent-start.ts';
import { wireRoute } from './wire-route.ts';

export const handler = wireRoute([...consentStartSettings, 'grantsTable'], (config, tables) => {
  const mac = createLoginMac(config.loginKey);
  return startConsentRoute({
    ...wireConsentStart(config, tables, mac),
    sessions: createSessionsTable(tables, config.loginsTable, mac),
    grantStatus: createGrantStatusReader(tables, config.grantsTable),
  });
});
