import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { App } from 'aws-cdk-lib/core';
import { bundleFunctions } from './bundle.ts';
import { addStacks } from './cloud/stacks.ts';

const bundles = join(import.meta.dirname, '..', '.local', 'bundles', 'cloud');
// `.local` is where `npm start` keeps its tokens: whoever makes it first keeps others out.
await mkdir(bundles, { recursive: true, mode: 0o700 });
await bundleFunctions(bundles);

const app = new App();
addStacks(app, bundles);
app.synth();
