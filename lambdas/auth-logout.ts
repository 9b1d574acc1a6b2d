import { createSessionEnds } from './aws/sessions-table.ts';
import { connectTables } from './aws/table.ts';
import { readConfig } from './config.ts';
import { createCookieJar } from './http/cookies.ts';
import { createHandler } from './http/handler.ts';
import { log } from './log.ts';
import { logoutRoute } from './sessions/logout.ts';

const { origin, loginsTable } = readConfig(process.env, 'origin', 'loginsTable');

export const handler = createHandler(
  logoutRoute({
    sessions: createSessionEnds(connectTables(), loginsTable),
    cookies: createCookieJar(origin),
    origin,
  }),
  { origin, log },
);
