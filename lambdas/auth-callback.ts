import { createHandoffsTable } from './aws/handoffs-table.ts';
import { createRefusedCodes } from './aws/refused-codes.ts';
import { answerCallbackRoute, problemAddress } from './consent/answer-callback.ts';
import { countFailures } from './consent/count-consents.ts';
import { createCookieJar } from './http/cookies.ts';
import { createHandler } from './http/handler.ts';
import { log } from './log.ts';
import { wireConsent } from './wire-consent.ts';

const { config, tables, mac, completion, metrics } = wireConsent();
const { origin, scopes, loginsTable, googleIssuer: issuer } = config;

export const handler = createHandler(
  countFailures(
    answerCallbackRoute({
      ...completion,
      handoffs: createHandoffsTable(tables, loginsTable, mac),
      refusedCodes: createRefusedCodes(tables, loginsTable),
      cookies: createCookieJar(origin),
      issuer,
      origin,
      log,
      scopes,
    }),
    metrics,
  ),
  { origin, log, redirectBrowser: problemAddress },
);
