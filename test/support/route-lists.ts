import { routes } from '../../infra/routes.ts';
import { isBackendRoute } from '../../lambdas/http/backend-route.ts';

const all = Object.values(routes).flat();

/** The routes that change something and that a browser may call: none of a team's backends. */
export const changingRoutes = all.filter((route) => !route.startsWith('GET ') && !isBackendRoute(route));

/** The routes that read and that a browser may call. */
export const readingRoutes = all.filter((route) => route.startsWith('GET ') && !isBackendRoute(route));

/** The routes of a team's own backends. */
export const backendRoutes = all.filter(isBackendRoute);

/** Those of them that name an account. */
export const accountRoutes = backendRoutes.filter((route) => route.includes('{accountId}'));

/** The routes that know somebody by a session, and tell nothing without one. */
export const sessionRoutes = [...changingRoutes, ...readingRoutes].filter((route) =>
  /^[A-Z]+ \/(messages|mailbox)(\/|$)/.test(route),
);

/** A route as method and path, its variables filled in. */
export function splitRoute(
  route: string,
  variables: Readonly<Record<string, string>> = {},
): { readonly method: string; readonly path: string } {
  const [method = '', pattern = ''] = route.split(' ');
  return { method, path: pattern.replace(/\{(\w+)\}/g, (_, name: string) => variables[name] ?? '1') };
}
