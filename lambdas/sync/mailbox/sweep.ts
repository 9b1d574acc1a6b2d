import { sweepGrants } from './sweep-grants.ts';
import { sweepMailboxes } from './sweep-mailboxes.ts';
import { type SweepCounts, type SweepDependencies, SweepRun } from './sweep-run.ts';

const nothing: SweepCounts = {
  mailboxes: 0,
  backfill: 0,
  live: 0,
  paused: 0,
  failed: 0,
  erased: 0,
  started: 0,
  resumed: 0,
  finished: 0,
};

/**
 * Once a day, page by page, so that its memory does not grow with the installation: gives every active grant a sync
 * state, those from before there was a sync included; resumes every paused mailbox whose grant is active, since what
 * paused it may have been fixed without our knowing; requests the erasure of copies whose generation has ended but
 * whose state still exists; has the change feed announce grants that end soon; and finishes disconnects that were cut
 * off.
 *
 * A run that has no time left stores its position, and the next run goes on from there.
 *
 * @throws the first failure of a single account, once all others are handled
 */
export async function sweep(
  { endsAt }: { readonly endsAt: number },
  dependencies: SweepDependencies,
): Promise<void> {
  const { progress, log } = dependencies;
  const stored = await progress.find();
  const run = new SweepRun(stored ?? { pass: 'mailboxes', counts: nothing }, endsAt, dependencies);
  let isDone = false;
  try {
    isDone = await sweepAll(run);
  } finally {
    if (!isDone) await progress.save(run.position);
  }
  if (!isDone) log.warn({ event: 'sweep out of time' });
  else {
    if (stored !== undefined) await progress.clear();
    const { erased, started, resumed, finished } = run.position.counts;
    log.info({ event: 'swept', erased, started, resumed, finished });
  }
  const [failure] = run.failures;
  if (failure !== undefined) throw failure;
}

/** @returns whether it came to its end */
async function sweepAll(run: SweepRun): Promise<boolean> {
  const { mailboxes, grants } = run.dependencies;
  if (run.position.pass === 'mailboxes') {
    if (!(await run.pages(mailboxes.scan(run.position.after), sweepMailboxes))) return false;
    writeFigures(run);
    run.position = { pass: 'grants', counts: run.position.counts };
  }
  return run.pages(grants.pages(run.position.after), sweepGrants);
}

function writeFigures({ position: { counts }, dependencies: { copying, metrics } }: SweepRun): void {
  if (!copying) return;
  metrics({
    Mailboxes: { value: counts.mailboxes, unit: 'Count' },
    CopyingMailboxes: { value: counts.backfill, unit: 'Count' },
    LiveMailboxes: { value: counts.live, unit: 'Count' },
    PausedMailboxes: { value: counts.paused, unit: 'Count' },
    FailedMessages: { value: counts.failed, unit: 'Count' },
  });
}
