import { readConfig } from './config.ts';
import { serveDescriptionRoute } from './description/serve-description.ts';
import { createHandler } from './http/handler.ts';
import { log } from './log.ts';

const { origin } = readConfig(process.env, 'origin');

export const handler = createHandler(
  serveDescriptionRoute({
    // infra/description generates them; bundles contain them as constants.
    openApi: process.env['API_DESCRIPTION'] ?? '{}',
    docs: process.env['API_DOCS'] ?? '',
    style: process.env['API_DOCS_STYLE'] ?? '',
  }),
  { origin, log },
);
