import { readConfig } from './config.ts';
import { createHandler } from './http/handler.ts';
import { log } from './log.ts';
import { problemPageRoute } from './page/problem-page.ts';

const { origin } = readConfig(process.env, 'origin');

export const handler = createHandler(problemPageRoute({ origin }), { origin, log });
