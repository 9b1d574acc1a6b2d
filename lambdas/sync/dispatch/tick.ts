import * as v from 'valibot';

const tick = v.object({
  scheduledTime: v.pipe(
    v.string(),
    v.isoTimestamp(),
    // Not every moment that is written rightly is one: an offset may lack its minutes.
    v.transform((text) => Date.parse(text)),
    v.number(),
  ),
});

/**
 * The moment for which the scheduler started a function, epoch milliseconds: the same however late or often it is started
 * for it.
 *
 * @throws TypeError when the event is none of the scheduler's; what it holds is not told: Lambda logs whatever an error says
 */
export function readTick(event: unknown): number {
  const result = v.safeParse(tick, event);
  if (!result.success) throw new TypeError('The event is none of the scheduler’s.');
  return result.output.scheduledTime;
}

/** How far a tick may be off the function's own clock (milliseconds): clocks differ by minutes, and starts come late. */
const leeway = 10 * 60_000;

/**
 * Whether a tick comes in its time. What an early one claimed would be due again only after its time, perhaps never;
 * what a late one claimed would be claimed by the next one too.
 */
export function isTimely(scheduledAt: number, now: number = Date.now()): boolean {
  return Math.abs(scheduledAt - now) <= leeway;
}
