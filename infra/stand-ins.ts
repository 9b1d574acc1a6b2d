import { join, resolve, sep } from 'node:path';
import type { OnResolveArgs, Plugin } from 'esbuild';

const here = resolve(import.meta.dirname, 'stand-ins');
const packages = resolve(import.meta.dirname, '..', 'node_modules');

/** The replacement of a module in a bundle. */
interface StandIn {
  /** The name under which it is imported. */
  readonly module: RegExp;
  /** The package that imports it; any if absent. */
  readonly importedBy?: string;
  readonly file: string;
}

/**
 * Replaces parts of packages that the functions never reach. Each would cost every cold start time and memory: together
 * they are half of what a function that reads Gmail has to load.
 */
const standIns: readonly StandIn[] = [
  // Gmail's module uses only `createAPIRequest` of it. The rest is discovery and all kinds of credentials.
  { module: /^googleapis-common$/, file: join(packages, 'googleapis-common/build/src/apirequest.js') },
  { module: /^\.\/http2$/, importedBy: 'googleapis-common', file: join(here, 'http2.ts') },
  { module: /^qs$/, importedBy: 'googleapis-common', file: join(here, 'qs.ts') },
  // Lambda sets a function's credentials as variables. Files, single sign-on and other services are never used.
  { module: /^@aws-sdk\/credential-provider-node$/, file: join(here, 'credential-provider-node.ts') },
  // There is no `~/.aws` on Lambda, and looking for it takes longer than anything else in a first call.
  {
    module: /\/loadSharedConfigFiles$/,
    importedBy: '@smithy/core',
    file: join(here, 'shared-config-files.ts'),
  },
  // For Node.js versions without web streams.
  { module: /^web-streams-polyfill\//, file: join(here, 'nothing.ts') },
];

/**
 * Google's client uses node-fetch, for its agents that keep connections, but the runtime's own headers and forms. With
 * those of node-fetch, the runtime's whole fetch need not be loaded beside it.
 */
export const globalStandIns = [join(here, 'fetch-globals.ts')];

/** Puts the stand-ins into a bundle. */
export const useStandIns: Plugin = {
  name: 'stand-ins',
  setup({ onResolve }) {
    for (const standIn of standIns) {
      onResolve({ filter: standIn.module }, (request) =>
        isMeant(standIn, request) ? { path: standIn.file } : undefined,
      );
    }
  },
};

function isMeant({ importedBy }: StandIn, { importer }: OnResolveArgs): boolean {
  return importedBy === undefined || importer.startsWith(join(packages, importedBy) + sep);
}
