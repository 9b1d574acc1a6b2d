import { dirname, join, normalize } from 'node:path/posix';

/** Source files by their path below `lambdas/`, such as `consent/start-consent.ts`. */
export type Sources = Readonly<Record<string, string>>;

/** One import statement, or what does the same. */
export interface Import {
  readonly from: string;
  /** Path below `lambdas/`, or the name of a package. */
  readonly to: string;
  /** Nothing of it is left when the types are taken out. */
  readonly typeOnly: boolean;
}

/** The rooms that are no features; every other folder is one. */
const adapterRooms = ['google', 'aws'];
const otherRooms = [...adapterRooms, 'http'];

/** Modules beside the function files; any room may use them, but config. */
export const rootModules: readonly string[] = [
  'config.ts',
  'copied-message.ts',
  'errors.ts',
  'log.ts',
  'mail-address.ts',
  'metrics.ts',
  'minute-shares.ts',
  'page-tokens.ts',
  'policy-refusals.ts',
  'scopes.ts',
  'secrets.ts',
  'text.ts',
];

const sdk = /^(@aws-sdk\/|@smithy\/|googleapis(\/|$)|google-auth-library(\/|$)|gaxios(\/|$))/;

/** The one part of googleapis that is loaded: the whole takes half a second and 235 MB. */
const gmailPart = 'googleapis/build/src/apis/gmail/v1.js';

/**
 * Finds every arrow of `lambdas/` that runs back, every SDK outside the adapters and every use of the environment
 * outside config and the function files.
 *
 * @returns One line for each violation; none when the house is in order.
 */
export function findViolations(sources: Sources): string[] {
  return Object.entries(sources).flatMap(([file, source]) => [
    ...importsOf(file, source).flatMap((arrow) => {
      const fault = faultOf(arrow);
      return fault === undefined ? [] : [`${file} -> ${arrow.to}: ${fault}`];
    }),
    ...(/process\s*\.\s*env/.test(source) && !mayReadEnvironment(file) ? [`${file}: reads process.env`] : []),
  ]);
}

function faultOf({ from, to, typeOnly }: Import): string | undefined {
  if (sdk.test(to)) return faultOfSdk(from, to);
  if (!to.endsWith('.ts')) return undefined;
  const [room, target] = [roomOf(from), roomOf(to)];
  if (room === 'function')
    return target === 'function' && !to.startsWith('wire-') ? 'imports a function' : undefined;
  if (target === 'function') return 'imports a function file';
  if (to === 'config.ts') return 'only function files read the configuration';
  if (target === 'root' || room === target) return undefined;
  if (target === 'api' && (typeOnly || to.startsWith('api/requests/'))) return undefined;
  if (target === 'api') return 'functions take no words of the contract along';
  // Of the page, what runs in browsers.
  if (target === 'client' && from.startsWith('page/browser/')) return undefined;
  if (room === 'root' || room === 'http' || room === 'api') return 'runs back';
  if (adapterRooms.includes(room)) {
    if (otherRooms.includes(target)) return 'an adapter knows features only';
    return typeOnly ? undefined : 'an adapter imports types only';
  }
  if (adapterRooms.includes(target)) return 'a feature knows no adapter';
  if (['http', 'grants', 'sessions'].includes(target) || room === 'disconnect') return undefined;
  // The feed's one writer tells each change where it makes it.
  if (room === 'sync' && target === 'changes') return undefined;
  return 'a feature knows no other feature';
}

function faultOfSdk(from: string, to: string): string | undefined {
  if (!adapterRooms.includes(roomOf(from))) return 'an SDK outside google and aws';
  if (/^googleapis(\/|$)/.test(to) && to !== gmailPart) return 'more of googleapis than Gmail';
  return undefined;
}

/** Where a file stands: a room, `root` for what every room may use, or `function`. */
export function roomOf(file: string): string {
  const [room, ...inside] = file.split('/');
  if (room !== undefined && inside.length > 0) return room;
  return rootModules.includes(file) ? 'root' : 'function';
}

function mayReadEnvironment(file: string): boolean {
  return file === 'config.ts' || roomOf(file) === 'function';
}

/** Static imports, re-exports, dynamic imports, `import('…')` types and `require`, wherever they stand. */
export function importsOf(from: string, source: string): Import[] {
  const withoutComments = source.replace(/\/\*[\s\S]*?\*\//g, '').replace(/^\s*\/\/.*$/gm, '');
  const statements = withoutComments.matchAll(
    /^\s*(import|export)\s+((?:type\s+)?[^'"();=]*?from\s+)?['"]([^'"]+)['"]/gm,
  );
  const calls = withoutComments.matchAll(/\b(?:import|require)\s*\(\s*['"]([^'"]+)['"]/g);
  return [
    ...[...statements].map(([, , clause = '', specifier = '']) => ({
      from,
      to: resolve(from, specifier),
      typeOnly: isTypeOnly(clause),
    })),
    ...[...calls].map(([, specifier = '']) => ({ from, to: resolve(from, specifier), typeOnly: false })),
  ];
}

function isTypeOnly(clause: string): boolean {
  if (/^type\s/.test(clause)) return true;
  const named = /^\{([\s\S]*)\}\s*from\s*$/.exec(clause)?.[1];
  if (named === undefined) return false;
  const names = named.split(',').map((name) => name.trim());
  return names.every((name) => name === '' || name.startsWith('type '));
}

function resolve(from: string, specifier: string): string {
  return specifier.startsWith('.') ? normalize(join(dirname(from), specifier)) : specifier;
}
