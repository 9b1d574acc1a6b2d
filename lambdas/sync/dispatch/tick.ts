import * as v from 'valibot';

const tick = v.object({
  scheduledTime: v.pipe(
    v.string(),
    v.isoTimestamp(),
    // A timestamp of valid form may still be no time: an offset may lack its minutes.
    v.transform((text) => Date.parse(text)),
    v.number(),
  ),
});

/**
 * The scheduled time of an invocation, epoch milliseconds: the same however late or often the scheduler starts it.
 *
 * @throws TypeError if the event is not the scheduler's. The error does not contain the event: Lambda logs errors.
 */
export function readTick(event: unknown): number {
  const result = v.safeParse(tick, event);
  if (!result.success) throw new TypeError('The event is none of the scheduler’s.');
  return result.output.scheduledTime;
}

/**
 * The largest difference between a tick and the function's clock (milliseconds): clocks differ by minutes, and starts
 * may be late.
 */
const leeway = 10 * 60_000;

/**
 * Whether a tick is timely. Mailboxes claimed by an early tick would be due again only after its time; those claimed by
 * a late one would be claimed by the next one too.
 */
export function isTimely(scheduledAt: number, now: number = Date.now()): boolean {
  return Math.abs(scheduledAt - now) <= leeway;
}
