import { createSessionEnds } from './aws/sessions-table.ts';
import { createCookieJar } from './http/cookies.ts';
import { logoutRoute } from './sessions/logout.ts';
import { wireRoute } from './wire-route.ts';

export const handler = wireRoute(['loginsTable'], ({ origin, loginsTable }, tables) =>
  logoutRoute({
    sessions: createSessionEnds(tables, loginsTable),
    cookies: createCookieJar(origin),
    origin,
  }),
);
