import { readConfig } from './config.ts';
import { createCookieJar } from './http/cookies.ts';
import { createHandler } from './http/handler.ts';
import { log } from './log.ts';
import { problemPageRoute } from './page/problem-page.ts';

const origins = readConfig(process.env, 'origin', 'allowedReturnOrigins');

export const handler = createHandler(
  problemPageRoute({ ...origins, cookies: createCookieJar(origins.origin) }),
  { origin: origins.origin, log },
);
