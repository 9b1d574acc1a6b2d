import type { Findings } from '../part.ts';
import { billOf } from './bill.ts';
import { kinds, readCounted } from './counts.ts';
import { costReport } from './report.ts';

/** What mailboxes cost a month: computed from the counted calls, not measured. */
export async function cost(): Promise<Findings> {
  const counted = readCounted();
  const data = Object.fromEntries(kinds.map((kind) => [kind, billOf(counted, kind, 1_000)]));
  return { tables: {}, text: costReport(counted), figures: {}, data };
}
