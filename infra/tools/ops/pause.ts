import { type MailboxState, pausedByOperator } from '../../../lambdas/sync/mailbox/mailbox-state.ts';
import { applyTransition, paused, resumed } from '../../../lambdas/sync/mailbox/transitions.ts';
import { outcomeOf, requireAccount } from './account.ts';
import type { OpsCall, OpsCommand, OpsOutcome } from './command.ts';

/** `pause`: stops the sync of an account until `resume`. */
export const pause: OpsCommand = {
  about: 'Stops the sync of an account until resume; its stored copy stays readable.',
  example: 'ada@example.com',
  takes: 'account',
  changes: true,
  run: pauseMailbox,
};

/** `resume`: continues the sync of an account, whatever paused it. */
export const resume: OpsCommand = {
  about: 'Continues the sync of an account, whatever paused it.',
  example: 'ada@example.com',
  takes: 'account',
  changes: true,
  run: resumeMailbox,
};

async function pauseMailbox(call: OpsCall): Promise<OpsOutcome> {
  return operate(call, {
    isDone: ({ phase, pausedBecause }) => phase === 'paused' && pausedBecause === pausedByOperator,
    already: 'is paused by an operator already',
    would: 'its sync would be paused',
    done: 'its sync is paused, until resume',
    change: (mailbox) => applyTransition(mailbox, paused, call.stores.mailboxes),
  });
}

async function resumeMailbox(call: OpsCall): Promise<OpsOutcome> {
  return operate(call, {
    isDone: ({ phase }) => phase !== 'paused',
    already: 'is not paused',
    would: 'its sync would go on',
    done: 'its sync goes on within minutes; it pauses again if the reason for the pause persists',
    change: (state) =>
      applyTransition(state, resumed(Date.now() + restOf(state, call), 'operator'), call.stores.mailboxes),
  });
}

/**
 * The job that the operator's pause interrupted may still run, and its units are not counted. Wait until it has ended
 * and its minute has passed before the next job (milliseconds).
 */
function restOf({ pausedBecause }: MailboxState, { stores }: OpsCall): number {
  return pausedBecause === pausedByOperator ? 2 * stores.config.minuteSeconds * 1_000 : 0;
}

interface Operation {
  readonly isDone: (state: MailboxState) => boolean;
  readonly already: string;
  readonly would: string;
  readonly done: string;
  readonly change: (state: MailboxState) => Promise<boolean>;
}

async function operate(call: OpsCall, operation: Operation): Promise<OpsOutcome> {
  const { stores, dryRun } = call;
  const account = await requireAccount(call);
  const outcome = (ok: boolean, changed: boolean, words: string) =>
    outcomeOf(account, ok, words, { changed });
  const state = await stores.mailboxes.find(account.accountId);
  if (state?.generation !== account.generation) return outcome(false, false, 'is not synced');
  if (operation.isDone(state)) return outcome(true, false, operation.already);
  if (dryRun) return outcome(true, false, operation.would);
  if (await operation.change(state)) return outcome(true, true, operation.done);
  return outcome(false, false, 'changed at the same moment; check it with find');
}
