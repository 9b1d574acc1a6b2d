import { globSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { functionNames } from '../../infra/routes.ts';
import { findViolations, rootModules } from '../support/import-arrows.ts';

const root = new URL('../../lambdas/', import.meta.url);
const files = globSync('**/*.ts', { cwd: root }).map((file) => file.replaceAll('\\', '/'));
const sources = Object.fromEntries(files.map((file) => [file, readFileSync(new URL(file, root), 'utf8')]));

test('data flows one way through lambdas/', () => {
  expect(files.length).toBeGreaterThan(50);
  expect(findViolations(sources)).toEqual([]);
});

test('each function of the route table has its file, and nothing else stands beside the root modules', () => {
  const roots = files.filter((file) => !file.includes('/') && !file.startsWith('wire-'));
  expect(roots.toSorted()).toEqual([...functionNames.map((name) => `${name}.ts`), ...rootModules].toSorted());
});

test.each([
  ['a feature that imports an adapter', 'live/x.ts', `import { a } from '../google/gmail.ts';`],
  ['a feature that imports an adapter’s type', 'live/x.ts', `import type { A } from '../aws/table.ts';`],
  ['a feature that imports an adapter on demand', 'live/x.ts', `const a = await import('../aws/table.ts');`],
  ['a feature that imports an adapter’s type in place', 'live/x.ts', `type A = import('../aws/table.ts').A;`],
  ['a feature that re-exports an adapter', 'live/x.ts', `export * from '../google/gmail.ts';`],
  ['a feature that imports another', 'live/x.ts', `import type { A } from '../consent/start-consent.ts';`],
  ['the copy that knows the sync', 'copy/x.ts', `import type { A } from '../sync/mailbox-state.ts';`],
  ['the sync that knows the copy’s room', 'sync/x.ts', `import { a } from '../copy/list-copy.ts';`],
  ['the feed that knows its writer', 'changes/x.ts', `import type { A } from '../sync/job.ts';`],
  ['the copy that knows the feed', 'copy/x.ts', `import type { A } from '../changes/change.ts';`],
  ['the sync that knows an adapter', 'sync/x.ts', `import type { A } from '../google/sync-gmail.ts';`],
  [
    'what both know of the copy, if it knows a room',
    'copied-message.ts',
    `import type { A } from './sync/job.ts';`,
  ],
  ['grants that know a feature', 'grants/x.ts', `import type { A } from '../live/mailbox.ts';`],
  ['sessions that know a feature', 'sessions/x.ts', `import type { A } from '../page/home-page.ts';`],
  ['a feature that imports an AWS SDK', 'page/x.ts', `import { A } from '@aws-sdk/client-kms';`],
  ['a feature that imports an SDK’s type', 'page/x.ts', `import type { gmail_v1 } from 'googleapis';`],
  [
    'a feature that imports the auth library',
    'page/x.ts',
    `import { OAuth2Client } from 'google-auth-library';`,
  ],
  ['a feature that reads the configuration', 'consent/x.ts', `import { readConfig } from '../config.ts';`],
  ['a feature that imports a function file', 'consent/x.ts', `import { handler } from '../auth-url.ts';`],
  ['a feature that imports the wiring', 'live/x.ts', `import { wireLive } from '../wire-live.ts';`],
  ['a function that imports a function', 'page.ts', `import { handler } from './auth-url.ts';`],
  ['a feature that asks through the client', 'live/x.ts', `import { a } from '../client/client.ts';`],
  ['http that knows a feature', 'http/x.ts', `import type { A } from '../sessions/session.ts';`],
  ['http that knows an adapter', 'http/x.ts', `import { A } from '../aws/table.ts';`],
  ['the contract that knows a room', 'api/x.ts', `import type { A } from '../http/request.ts';`],
  ['a feature that takes words along', 'live/x.ts', `import { message } from '../api/answers.ts';`],
  ['a root module that knows a room', 'errors.ts', `import type { A } from './http/request.ts';`],
  ['an adapter that runs a feature', 'aws/x.ts', `import { a } from '../sessions/session.ts';`],
  [
    'an adapter that runs a feature beside a type',
    'aws/x.ts',
    `import { type B,\n  a } from '../grants/grant.ts';`,
  ],
  ['an adapter that loads a feature for its effects', 'aws/x.ts', `import '../sessions/session.ts';`],
  ['an adapter that knows HTTP', 'google/x.ts', `import type { A } from '../http/request.ts';`],
  ['an adapter that knows the other', 'google/x.ts', `import type { A } from '../aws/table.ts';`],
  ['an adapter that reads the configuration', 'aws/x.ts', `import type { Config } from '../config.ts';`],
  ['the whole of googleapis', 'google/x.ts', `import { google } from 'googleapis';`],
  ['the whole of googleapis as a type', 'google/x.ts', `import type { gmail_v1 } from 'googleapis';`],
  ['another part of googleapis', 'google/x.ts', `import 'googleapis/build/src/apis/drive/v3.js';`],
  ['a feature that reads the environment', 'live/x.ts', `const name = process.env['TABLE'];`],
  ['an adapter that reads the environment', 'aws/x.ts', `const { env } = process; process.env.X;`],
  ['a root module that reads the environment', 'log.ts', `if (process . env['DEBUG']) {}`],
])('%s is found', (_, file, source) => {
  expect(findViolations({ [file]: source })).toHaveLength(1);
});

test.each([
  ['a function file that joins all', 'page.ts', `import { a } from './aws/table.ts';\nprocess.env;`],
  ['disconnect, which reaches all features', 'disconnect/x.ts', `import { a } from '../live/mailbox.ts';`],
  ['a feature that uses grants', 'live/x.ts', `import { a } from '../grants/vault.ts';`],
  [
    'rooms and adapters that know of the copy',
    'aws/x.ts',
    `import { padHistoryId } from '../copied-message.ts';`,
  ],
  ['a feature that reads its requests', 'live/x.ts', `import { a } from '../api/requests/mail.ts';`],
  ['a feature that knows its answers', 'live/x.ts', `import type { A } from '../api/answers.ts';`],
  ['the sync that uses grants', 'sync/x.ts', `import { requireUsable } from '../grants/require-grant.ts';`],
  ['the sync, which writes the feed', 'sync/x.ts', `import { a } from '../changes/announce-changes.ts';`],
  ['an adapter that implements a feature’s type', 'aws/x.ts', `import type { A } from '../live/mailbox.ts';`],
  ['an adapter that names types in line', 'aws/x.ts', `import { type A, type B } from '../grants/grant.ts';`],
  ['an adapter with its SDK', 'google/x.ts', `import { a } from 'googleapis/build/src/apis/gmail/v1.js';`],
  [
    'a comment that names an import',
    'live/x.ts',
    `/* import '../aws/table.ts'; */\n// import '../aws/x.ts';`,
  ],
])('%s is in order', (_, file, source) => {
  expect(findViolations({ [file]: source })).toEqual([]);
});
