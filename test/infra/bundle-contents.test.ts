import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, inject, it, test } from 'vitest';
import { type FunctionName, functionNames } from '../../infra/routes.ts';
import { bundleOf } from '../support/bundles.ts';

/** KiB that a bundle may have, as it is and zipped: a tenth more than it has. */
const limits: readonly { readonly raw: number; readonly zipped: number; readonly names: FunctionName[] }[] = [
  { raw: 580, zipped: 170, names: ['sync-mailbox'] },
  { raw: 500, zipped: 146, names: ['messages-list', 'message-get', 'labels-list'] },
  {
    raw: 490,
    zipped: 160,
    names: ['auth-callback', 'auth-code', 'access-token', 'mailbox-disconnect', 'sync-sweep'],
  },
  { raw: 352, zipped: 115, names: ['page'] },
  { raw: 380, zipped: 46, names: ['api-description'] },
  { raw: 34, zipped: 13, names: ['auth-problem'] },
];
const usual = { raw: 310, zipped: 103 };

/** What must never be in a bundle, by the paths of its modules; and why. */
const banned: readonly (readonly [RegExp, string])[] = [
  [/googleapis\/build\/src\/(?!apis\/gmail\/v1\.js$)/, 'the whole of googleapis takes half a second to load'],
  [/google-auth-library\/build\/src\/index\.js$/, 'every kind of Google credentials'],
  [/googleapis-common\/build\/src\/(index|discovery|authplus|http2)\.js$/, 'nothing of it is used'],
  [/web-streams-polyfill/, 'Node.js has streams of the web'],
  [/@aws-sdk\/(nested-clients|credential-provider-(?!env\/))/, 'Lambda gives credentials as variables'],
  [/^lambdas\/api\/(?!requests\/)/, 'the words of the contract: functions need its types alone'],
  [/\/(object-inspect|bignumber\.js|qs)\//, 'only what was left out needs it'],
];

const kib = (bytes: number) => Math.round(bytes / 1024);

describe.each(functionNames)('the bundle of %s', (name) => {
  it('is as small as it was', () => {
    const code = readFileSync(join(inject('bundles'), name, 'index.js'));
    const { raw, zipped } = limits.find(({ names }) => names.includes(name)) ?? usual;
    expect(kib(code.length)).toBeLessThanOrEqual(raw);
    expect(kib(gzipSync(code).length)).toBeLessThanOrEqual(zipped);
  });

  it('holds nothing that it does not use, and no package twice', () => {
    const modules = modulesOf(bundleOf(name).inputs);
    expect(findBanned(modules)).toEqual([]);
    expect(findTwice(modules)).toEqual([]);
  });
});

test('what must not be there is found where it is', () => {
  expect(findBanned(['node_modules/googleapis/build/src/apis/drive/v3.js', 'lambdas/errors.ts'])).toEqual([
    'node_modules/googleapis/build/src/apis/drive/v3.js: the whole of googleapis takes half a second to load',
  ]);
  const copies = [
    'node_modules/gaxios/a.js',
    'node_modules/gaxios/b.js',
    'node_modules/x/node_modules/gaxios/a.js',
  ];
  expect(findTwice(copies)).toEqual(['gaxios']);
});

/** The modules of which something is left in a bundle. */
function modulesOf(inputs: Readonly<Record<string, { readonly bytesInOutput: number }>>): string[] {
  return Object.entries(inputs).flatMap(([path, { bytesInOutput }]) => (bytesInOutput > 0 ? [path] : []));
}

function findBanned(modules: readonly string[]): string[] {
  return modules.flatMap((path) =>
    banned.flatMap(([pattern, reason]) => (pattern.test(path) ? [`${path}: ${reason}`] : [])),
  );
}

/** The packages that are there from more than one place. */
function findTwice(modules: readonly string[]): string[] {
  const places = new Map<string, Set<string>>();
  for (const path of modules) {
    const [, place, name] = /^(.*node_modules\/)((?:@[^/]+\/)?[^/]+)\//.exec(path) ?? [];
    if (place !== undefined && name !== undefined)
      places.set(name, (places.get(name) ?? new Set()).add(place));
  }
  return [...places].flatMap(([name, { size }]) => (size > 1 ? [name] : []));
}
