/** A process that is the site and nothing else, so that what it holds can be told. */
import * as v from 'valibot';
import { startLocalEnvironment } from '../../infra/local/environment.ts';
import { readFunctionHeaps } from './function-heaps.ts';
import { orderSchema, type Report } from './site-messages.ts';

const dataFolder = v.parse(v.string(), process.argv[2]);
const environment = await startLocalEnvironment({
  port: 0,
  googlePort: 0,
  dataFolder,
  demoMessages: 0,
  sync: false,
});
const { origin, google } = environment;
if (google === undefined) throw new Error('The site runs without a local Google.');

process.on('message', async (message) => {
  if (v.parse(orderSchema, message) === 'memory') return tell(await readMemory());
  await environment.close();
  process.exit(0);
});
// Whoever started it is gone.
process.on('disconnect', () => process.exit(1));
tell({ kind: 'ready', origin, googleOrigin: google.origin });

async function readMemory(): Promise<Report> {
  const functions = await readFunctionHeaps();
  return { kind: 'memory', residentBytes: process.memoryUsage.rss(), functions };
}

function tell(report: Report): void {
  process.send?.(report);
}
