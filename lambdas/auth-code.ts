import { readConfig } from './config.ts';
import { completeCodeRoute } from './consent/complete-code.ts';
import { createHandler } from './http/handler.ts';
import { log } from './log.ts';
import { wireConsent } from './wire-consent.ts';

const { origin, allowedReturnOrigins } = readConfig(process.env, 'origin', 'allowedReturnOrigins');

export const handler = createHandler(
  completeCodeRoute({ ...wireConsent(process.env).completion, origin, allowedReturnOrigins }),
  { origin, log },
);
