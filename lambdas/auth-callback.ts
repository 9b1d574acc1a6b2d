import { createHandoffsTable } from './aws/handoffs-table.ts';
import { answerCallbackRoute, problemAddress } from './consent/answer-callback.ts';
import { createCookieJar } from './http/cookies.ts';
import { createHandler } from './http/handler.ts';
import { log } from './log.ts';
import { wireConsent } from './wire-consent.ts';

const { config, tables, completion } = wireConsent(process.env);
const { origin, scopes, loginsTable, googleIssuer: issuer } = config;

export const handler = createHandler(
  answerCallbackRoute({
    ...completion,
    handoffs: createHandoffsTable(tables, loginsTable),
    cookies: createCookieJar(origin),
    issuer,
    origin,
    scopes,
  }),
  { origin, log, redirectBrowser: problemAddress },
);
