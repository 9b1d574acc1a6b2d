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
 * The daily sweep. It creates the missing sync state of each active grant; resumes each paused mailbox whose grant is
 * active, since the cause may have been fixed; erases copies of ended generations that still have a state; enqueues the
 * announcements of expiring grants; and finishes disconnects that were cut off. It reads page by page, so that its
 * memory does not grow with the installation.
 *
 * A run that has no time left stores its position, and the next run continues there.
 *
 * @throws the first failure of a single account, after all others are handled
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

/** @returns whether the sweep is complete */
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
