import { createGrantSummaryReader } from './aws/grants-table.ts';
import { wordsForScopes } from './consent/scope-words.ts';
import { homePageRoute } from './page/home-page.ts';
import { wireSessionRoute } from './wire-sessions.ts';

export const handler = wireSessionRoute(
  ['grantsTable', 'scopes', 'signUp'],
  ({ origin, scopes, signUp, grantsTable }, { tables, ...sessions }) =>
    homePageRoute({
      ...sessions,
      grantSummary: createGrantSummaryReader(tables, grantsTable),
      ...{ origin, scopes, signUp, wordsForScopes },
      // infra/page-files.ts builds them from browser/; bundles contain them as constants.
      script: process.env['PAGE_SCRIPT'] ?? '',
      style: process.env['PAGE_STYLE'] ?? '',
    }),
);
