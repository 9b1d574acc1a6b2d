/**
 * `npm run load`: many people at once at the local site, and what became of them. Ends with 1 when something is wrong.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { startChildSite } from './child-site.ts';
import { memoryFaults, memoryLines } from './memory-report.ts';
import { makePeople } from './people.ts';
import { runLoad } from './run-load.ts';
import type { Memory } from './site-messages.ts';
import { Tally } from './tally.ts';

const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '60' },
    listers: { type: 'string', default: '50' },
    logins: { type: 'string', default: '20' },
  },
});
const seconds = Number(values.seconds);

const site = await startChildSite();
const [listers, signers] = [
  await makePeople(site.googleOrigin, { kind: 'lister', count: Number(values.listers) }),
  await makePeople(site.googleOrigin, { kind: 'login', count: Number(values.logins) }),
];
/**
 * What waits for a time-out is let go before (no call to AWS or Google has more than 8 seconds), and what V8 gives back
 * only at a later collection, such as code that is used no more.
 */
async function settledMemory(): Promise<Memory> {
  for (let collections = 0; collections < 2; collections++) {
    await delay(6_000);
    await site.memory();
  }
  await delay(6_000);
  return site.memory();
}

const everybody = { origin: site.origin, googleOrigin: site.googleOrigin, listers, signers };

console.log(
  `${listers.length} list, ${signers.length} sign in, for ${seconds} seconds, after a warm-up of a third.`,
);
const warmUp = await runLoad({ ...everybody, seconds: seconds / 3 });
const start = await settledMemory();
const tally = new Tally();
await runLoad({ ...everybody, seconds: seconds / 2, tally });
const middle = await settledMemory();
await runLoad({ ...everybody, seconds: seconds / 2, tally });
const end = await settledMemory();
await site.close();

console.table(
  Object.fromEntries(
    tally.figures.map(({ kind, count, ...times }) => [
      kind,
      {
        requests: count,
        ...Object.fromEntries(Object.entries(times).map(([name, time]) => [`${name} ms`, Math.round(time)])),
      },
    ]),
  ),
);
console.log('stated limits that were met:', tally.limits);
console.log(memoryLines({ start, middle, end }).join('\n'));

const faults = [...warmUp.faults, ...tally.faults, ...memoryFaults({ start, end })];
console.log(`${faults.length} faults`);
for (const fault of faults.slice(0, 20)) console.error(fault.slice(0, 500));
process.exitCode = faults.length > 0 ? 1 : 0;
