import * as v from 'valibot';

/** What the worker's process took for an order. */
export const costSchema = v.object({
  /** Seconds of processor, in all threads. */
  cpu: v.number(),
  /** Seconds. */
  wall: v.number(),
  /** The most memory that was seen in use meanwhile, in MB. */
  memory: v.number(),
});

export type Cost = v.InferOutput<typeof costSchema>;
