import { openGrowingSite } from './growing-site.ts';
import { makeHandlers } from './handlers.ts';
import { measureMailboxes } from './mailboxes-growth.ts';
import { measureMessages } from './messages-growth.ts';
import type { Findings, Row } from './part.ts';
import { type Series, trendOf } from './trend.ts';

/** How cost grows, with the mailboxes and with their messages. */
export async function growth(): Promise<Findings> {
  await makeHandlers();
  const growing = await openGrowingSite();
  try {
    const messages = await measureMessages(growing);
    const mailboxes = await measureMailboxes(growing);
    return {
      tables: {
        'By mailboxes due in a tick': mailboxes.map(rowOf),
        'By messages of a mailbox': messages.map(rowOf),
      },
      figures: { claimCpu: ofMost(mailboxes, 'dispatch', 'processor') },
      data: { mailboxes, messages },
    };
  } finally {
    await growing.close();
  }
}

/** What one takes of the largest size. */
function ofMost(series: readonly Series[], what: string, measure: string): number {
  const points = series.find((one) => one.what === what && one.measure === measure)?.points;
  return points?.at(-1)?.value ?? Number.NaN;
}

function rowOf({ what, unit, points }: Series): Row {
  // Names that are whole numbers would stand before all others.
  const values = points.map(({ size, value }) => [`at ${size}`, Number(value.toPrecision(3))]);
  return { what, unit, ...Object.fromEntries(values), trend: trendOf(points) };
}
