import { join, resolve, sep } from 'node:path';
import type { OnResolveArgs, Plugin } from 'esbuild';

const here = resolve(import.meta.dirname, 'stand-ins');
const packages = resolve(import.meta.dirname, '..', 'node_modules');

/** What a module is replaced by in a bundle. */
interface StandIn {
  /** The name under which it is imported. */
  readonly module: string;
  /** The package that imports it; every one when left out. */
  readonly importedBy?: string;
  readonly file: string;
}

/**
 * What stands in a bundle in the place of what the functions never reach of the packages they use. Each of these would
 * cost every cold start its time and its memory: together they are half of what a function that reads Gmail has to load.
 */
const standIns: readonly StandIn[] = [
  // Gmail's module takes nothing but `createAPIRequest` of it. The rest is discovery and every kind of credentials.
  { module: 'googleapis-common', file: join(packages, 'googleapis-common/build/src/apirequest.js') },
  { module: './http2', importedBy: 'googleapis-common', file: join(here, 'http2.ts') },
  { module: 'qs', importedBy: 'googleapis-common', file: join(here, 'qs.ts') },
  // Lambda gives a function its credentials as variables. Files, single sign-on and other services are never asked.
  { module: '@aws-sdk/credential-provider-node', file: join(here, 'credential-provider-node.ts') },
  // For a Node.js that has no streams of the web.
  { module: 'web-streams-polyfill/dist/ponyfill.es2018.js', file: join(here, 'nothing.ts') },
];

/** Puts the stand-ins into a bundle. */
export const useStandIns: Plugin = {
  name: 'stand-ins',
  setup({ onResolve }) {
    for (const standIn of standIns) {
      const filter = new RegExp(`^${standIn.module.replaceAll('.', '\\.')}$`);
      onResolve({ filter }, (request) => (isMeant(standIn, request) ? { path: standIn.file } : undefined));
    }
  },
};

function isMeant({ importedBy }: StandIn, { importer }: OnResolveArgs): boolean {
  return importedBy === undefined || importer.startsWith(join(packages, importedBy) + sep);
}
