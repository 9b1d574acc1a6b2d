import { createLoginMac } from './aws/login-mac.ts';
import type { connectSecrets } from './aws/secret.ts';
import { createSessionsTable } from './aws/sessions-table.ts';
import type { Config, SettingName } from './config.ts';
import { createCookieJar } from './http/cookies.ts';
import type { HttpHandler, Route } from './http/handler.ts';
import { type Tables, wireRoute } from './wire-route.ts';

/** The settings of wireSessions. */
export const sessionSettings = ['origin', 'loginsTable', 'loginKey'] as const;

type SessionSetting = (typeof sessionSettings)[number];

/** Wires the reading of callers' sessions. */
export function wireSessions(
  { origin, loginsTable, loginKey }: Config<SessionSetting>,
  tables: Tables,
  secrets?: ReturnType<typeof connectSecrets>,
) {
  return {
    sessions: createSessionsTable(tables, loginsTable, createLoginMac(loginKey, secrets)),
    cookies: createCookieJar(origin),
  };
}

/** As wireRoute, for a route whose callers have sessions. */
export function wireSessionRoute<Name extends SettingName>(
  names: readonly Name[],
  route: (
    config: Config<Name | SessionSetting>,
    wiring: ReturnType<typeof wireSessions> & { readonly tables: Tables },
  ) => Route,
): HttpHandler {
  return wireRoute<Name | SessionSetting>([...sessionSettings, ...names], (config, tables) =>
    route(config, { tables, ...wireSessions(config, tables) }),
  );
}
