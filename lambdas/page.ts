import { createGrantSummaryReader } from './aws/grants-table.ts';
import { connectTables } from './aws/table.ts';
import { readConfig } from './config.ts';
import { wordsForScopes } from './consent/scope-words.ts';
import { createHandler } from './http/handler.ts';
import { log } from './log.ts';
import { homePageRoute } from './page/home-page.ts';
import { wireSessions } from './wire-sessions.ts';

const config = readConfig(
  process.env,
  'origin',
  'loginsTable',
  'loginKey',
  'grantsTable',
  'scopes',
  'signUp',
);
const { origin } = config;
const tables = connectTables();

export const handler = createHandler(
  homePageRoute({
    ...wireSessions(config, tables),
    grantSummary: createGrantSummaryReader(tables, config.grantsTable),
    scopes: config.scopes,
    signUp: config.signUp,
    wordsForScopes,
    origin,
    // infra/page-files.ts builds them from browser/; bundles contain them as constants.
    script: process.env['PAGE_SCRIPT'] ?? '',
    style: process.env['PAGE_STYLE'] ?? '',
  }),
  { origin, log },
);
