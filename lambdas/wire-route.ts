import { connectTables } from './aws/table.ts';
import { type Config, readConfig, type SettingName } from './config.ts';
import { createHandler, type HttpHandler, type Route } from './http/handler.ts';
import { log } from './log.ts';

/** The connection to the tables. */
export type Tables = ReturnType<typeof connectTables>;

/** Makes the handler of a route from its settings, to which the origin is added, and the tables. */
export function wireRoute<Name extends SettingName>(
  names: readonly Name[],
  route: (config: Config<Name | 'origin'>, tables: Tables) => Route,
): HttpHandler {
  const config = readConfig<Name | 'origin'>(process.env, 'origin', ...names);
  return createHandler(route(config, connectTables()), { origin: config.origin, log });
}
