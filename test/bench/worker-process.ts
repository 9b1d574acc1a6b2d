/** A process in which the bundle of one function runs alone, so that what it takes can be told from all else. */
import * as v from 'valibot';
import type { Cost } from './process-cost.ts';

const orderSchema = v.union([
  v.object({ kind: v.literal('load'), entry: v.string() }),
  v.object({ kind: v.literal('run'), event: v.unknown(), seconds: v.number() }),
]);
const moduleSchema = v.object({ handler: v.function() });

/** Milliseconds between looks at the memory. */
const betweenLooks = 10;

let handler: ((...parameters: unknown[]) => unknown) | undefined;

process.on('message', async (message) => {
  const [cpu, start] = [process.cpuUsage(), performance.now()];
  let most = 0;
  const look = () => {
    most = Math.max(most, process.memoryUsage.rss());
  };
  const timer = setInterval(look, betweenLooks);
  await follow(v.parse(orderSchema, message));
  look();
  clearInterval(timer);
  const { user, system } = process.cpuUsage(cpu);
  const cost: Cost = {
    cpu: (user + system) / 1e6,
    wall: (performance.now() - start) / 1e3,
    memory: most / 2 ** 20,
  };
  process.send?.(cost);
});

async function follow(order: v.InferOutput<typeof orderSchema>): Promise<void> {
  if (order.kind === 'load') {
    ({ handler } = v.parse(moduleSchema, await import(order.entry)));
    return;
  }
  const endsAt = Date.now() + order.seconds * 1000;
  await handler?.(order.event, { getRemainingTimeInMillis: () => endsAt - Date.now() });
}
