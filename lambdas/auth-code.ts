import { readConfig } from './config.ts';
import { completeCodeRoute } from './consent/complete-code.ts';
import { countFailures } from './consent/count-consents.ts';
import { createHandler } from './http/handler.ts';
import { log } from './log.ts';
import { wireConsent } from './wire-consent.ts';

const { origin, allowedReturnOrigins } = readConfig(process.env, 'origin', 'allowedReturnOrigins');
const { completion, metrics } = wireConsent(process.env);

export const handler = createHandler(
  countFailures(completeCodeRoute({ ...completion, origin, allowedReturnOrigins }), metrics),
  { origin, log },
);
