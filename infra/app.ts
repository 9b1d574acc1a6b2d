import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { App } from 'aws-cdk-lib/core';
import { ConfigError } from '../lambdas/config.ts';
import { bundleFunctions } from './bundle.ts';
import { addStacks } from './cloud/stacks.ts';

const bundles = join(import.meta.dirname, '..', '.local', 'bundles', 'cloud');
// `npm start` keeps its tokens in `.local`: create it first, so that other users have no access.
await mkdir(bundles, { recursive: true, mode: 0o700 });
await bundleFunctions(bundles);

const app = new App();
try {
  addStacks(app, bundles);
  app.synth();
} catch (error) {
  if (!(error instanceof ConfigError)) throw error;
  // Print what is wrong with the options, without our stack trace.
  console.error(error.message);
  process.exitCode = 1;
}
