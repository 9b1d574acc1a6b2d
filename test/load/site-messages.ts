import * as v from 'valibot';

/** What the site's process is asked for. */
export const orderSchema = v.picklist(['memory', 'stop']);

/** What the site's process says: that it is ready, or how much it holds. */
export const reportSchema = v.variant('kind', [
  v.object({ kind: v.literal('ready'), origin: v.string(), googleOrigin: v.string() }),
  v.object({
    kind: v.literal('memory'),
    /** Bytes of the whole process: functions, AWS and Google. */
    residentBytes: v.number(),
    /** Bytes that each function holds after its garbage was collected. */
    functions: v.record(v.string(), v.number()),
  }),
]);

/** What the site's process says. */
export type Report = v.InferOutput<typeof reportSchema>;

/** How much the site's process holds. */
export type Memory = Extract<Report, { kind: 'memory' }>;
