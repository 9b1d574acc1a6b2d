import { join, resolve, sep } from 'node:path';
import type { OnResolveArgs, Plugin } from 'esbuild';

const here = resolve(import.meta.dirname, 'bundle-shims');
const packages = resolve(import.meta.dirname, '..', 'node_modules');

/** The replacement of a module in a bundle. */
interface Shim {
  /** The name under which it is imported. */
  readonly module: RegExp;
  /** The package that imports it; any if absent. */
  readonly importedBy?: string;
  readonly file: string;
}

/**
 * Replaces parts of packages that the functions never use. They are half of what a function that reads Gmail would load
 * at each cold start.
 */
const shims: readonly Shim[] = [
  // Gmail's module uses only `createAPIRequest` of it. The rest is discovery and all kinds of credentials.
  { module: /^googleapis-common$/, file: join(packages, 'googleapis-common/build/src/apirequest.js') },
  { module: /^\.\/http2$/, importedBy: 'googleapis-common', file: join(here, 'http2.ts') },
  { module: /^qs$/, importedBy: 'googleapis-common', file: join(here, 'qs.ts') },
  // Lambda sets credentials as variables. Files, single sign-on and other services are never used.
  { module: /^@aws-sdk\/credential-provider-node$/, file: join(here, 'credential-provider-node.ts') },
  // Lambda has no `~/.aws`, and looking for it takes longer than anything else in a first call.
  {
    module: /\/loadSharedConfigFiles$/,
    importedBy: '@smithy/core',
    file: join(here, 'shared-config-files.ts'),
  },
  // For Node.js versions without web streams.
  { module: /^web-streams-polyfill\//, file: join(here, 'nothing.ts') },
];

/**
 * Google's client uses node-fetch, whose agents keep connections open, but the runtime's global `Headers` and
 * `FormData`. These shims replace them with node-fetch's, so that the runtime's own fetch is not loaded.
 */
export const globalShims = [join(here, 'fetch-globals.ts')];

export const useShims: Plugin = {
  name: 'shims',
  setup({ onResolve }) {
    for (const shim of shims) {
      onResolve({ filter: shim.module }, (request) =>
        appliesTo(shim, request) ? { path: shim.file } : undefined,
      );
    }
  },
};

function appliesTo({ importedBy }: Shim, { importer }: OnResolveArgs): boolean {
  return importedBy === undefined || importer.startsWith(join(packages, importedBy) + sep);
}
