import { createGrantSummaryReader } from './aws/grants-table.ts';
import { createLoginMac } from './aws/login-mac.ts';
import { createSessionsTable } from './aws/sessions-table.ts';
import { connectTables } from './aws/table.ts';
import { readConfig } from './config.ts';
import { wordsForScopes } from './consent/scope-words.ts';
import { createCookieJar } from './http/cookies.ts';
import { createHandler } from './http/handler.ts';
import { log } from './log.ts';
import { homePageRoute } from './page/home-page.ts';

const { origin, loginsTable, loginKey, grantsTable, scopes, signUp } = readConfig(
  process.env,
  'origin',
  'loginsTable',
  'loginKey',
  'grantsTable',
  'scopes',
  'signUp',
);
const tables = connectTables();

export const handler = createHandler(
  homePageRoute({
    sessions: createSessionsTable(tables, loginsTable, createLoginMac(loginKey)),
    grantSummary: createGrantSummaryReader(tables, grantsTable),
    cookies: createCookieJar(origin),
    scopes,
    signUp,
    wordsForScopes,
    origin,
    // Made of browser/ by infra/page-files.ts: in a bundle these are constants.
    script: process.env['PAGE_SCRIPT'] ?? '',
    style: process.env['PAGE_STYLE'] ?? '',
  }),
  { origin, log },
);
