import { readConfig } from './config.ts';
import { completeCodeRoute } from './consent/complete-code.ts';
import { countFailures } from './consent/count-consents.ts';
import { createIdTokenVerifier } from './google/id-token-verifier.ts';
import { createHandler } from './http/handler.ts';
import { log } from './log.ts';
import { wireConsent } from './wire-consent.ts';

const { allowedReturnOrigins, keysEndpoint } = readConfig(
  process.env,
  'allowedReturnOrigins',
  'keysEndpoint',
);
const { config, completion, metrics } = wireConsent();
const { origin, googleIssuer: issuer } = config;
const { clientId } = completion.google;

export const handler = createHandler(
  countFailures(
    completeCodeRoute({
      ...completion,
      idTokens: createIdTokenVerifier({ clientId, issuer, keysEndpoint }),
      origin,
      allowedReturnOrigins,
    }),
    metrics,
  ),
  { origin, log },
);
