import { log } from './log.ts';
import { issueAccessTokenRoute } from './owners/issue-access-token.ts';
import { grantSettings, wireAccessTokens } from './wire-grants.ts';
import { wireRoute } from './wire-route.ts';

export const handler = wireRoute([...grantSettings, 'accessTokens'], (config, tables) =>
  issueAccessTokenRoute({
    ...wireAccessTokens(config, tables, 'issue an access token'),
    allowed: config.accessTokens === 'on',
    log,
  }),
);
