import type { WriteKind } from './lambda-process.ts';

/** The calls of Gmail that can go wrong. */
export const gmailCalls = ['getProfile', 'listMessages', 'listHistory', 'listLabels', 'fetch'] as const;

export type GmailCall = (typeof gmailCalls)[number];

/** How a whole call goes wrong. `lost`: it counts at Google, and its answer never arrives. */
export const callFaults = ['unavailable', 'timeout', 'lost', 'limited', 'limitedUntil'] as const;

export type CallFault = (typeof callFaults)[number];

/** How some parts of a batch go wrong. */
export const partFaults = ['partLimited', 'partLimitedUntil', 'partAgain'] as const;

export type PartFault = (typeof partFaults)[number];

/**
 * Faults that only one kind of call has. `emptyList`: the list of all messages has none, though the mailbox has some.
 */
export const ownFaults = ['expiredHistory', 'emptyList', 'refusedListToken', 'refusedHistoryToken'] as const;

export type OwnFault = (typeof ownFaults)[number];

export type GmailFault =
  | { readonly kind: CallFault; readonly call: GmailCall; readonly skip: number }
  | { readonly kind: PartFault; readonly skip: number; readonly every: number }
  | { readonly kind: OwnFault; readonly skip: number };

/** A store fails, or the process dies, about the write of a kind that comes after `skip` others of it. */
export interface WriteFault {
  readonly write: WriteKind;
  readonly skip: number;
  readonly when: 'before' | 'among' | 'after';
  readonly effect: 'kill' | 'fail';
}

/** What happens to the next message of the queue, or to the next run of the dispatcher or a worker. */
export const harnessFaults = [
  'duplicateMessage',
  'lateMessage',
  'redrivenMessage',
  'notSent',
  'sentButSaidNot',
  'secondDispatcher',
  'missedTick',
  'minuteEdge',
  'shortTime',
  'outage',
] as const;

export type HarnessFault = (typeof harnessFaults)[number];

/** What a list is asked for. */
export interface ListQuery {
  readonly pageToken?: string | undefined;
  readonly labelId?: string | undefined;
}

interface Armed<Fault> {
  readonly fault: Fault;
  skip: number;
}

/** The faults that are armed, each of which fires once; and how often each kind has fired. */
export class FaultPlan {
  readonly fired = new Map<string, number>();
  #gmail: Armed<GmailFault>[] = [];
  #writes: Armed<WriteFault>[] = [];
  readonly #harness = new Map<HarnessFault, number>();

  armGmail(fault: GmailFault): void {
    this.#gmail.push({ fault, skip: fault.skip });
  }

  armWrite(fault: WriteFault): void {
    this.#writes.push({ fault, skip: fault.skip });
  }

  armHarness(fault: HarnessFault): void {
    this.#harness.set(fault, (this.#harness.get(fault) ?? 0) + 1);
  }

  /** Nothing that has not fired yet will. */
  disarm(): void {
    this.#gmail = [];
    this.#writes = [];
    this.#harness.clear();
  }

  takeGmail(call: GmailCall, query: ListQuery): GmailFault | undefined {
    const armed = takeNext(this.#gmail, (fault) => concerns(fault, call, query));
    if (armed !== undefined) this.#count(armed.kind);
    return armed;
  }

  takeWrite(write: WriteKind): WriteFault | undefined {
    const armed = takeNext(this.#writes, (fault) => fault.write === write);
    if (armed !== undefined) this.#count(`${armed.effect} ${write}`);
    return armed;
  }

  takeHarness(fault: HarnessFault): boolean {
    const left = this.#harness.get(fault) ?? 0;
    if (left === 0) return false;
    this.#harness.set(fault, left - 1);
    this.#count(fault);
    return true;
  }

  #count(kind: string): void {
    this.fired.set(kind, (this.fired.get(kind) ?? 0) + 1);
  }
}

function concerns(fault: GmailFault, call: GmailCall, { pageToken, labelId }: ListQuery): boolean {
  switch (fault.kind) {
    case 'partLimited':
    case 'partLimitedUntil':
    case 'partAgain':
      return call === 'fetch';
    case 'expiredHistory':
      return call === 'listHistory';
    case 'emptyList':
      return call === 'listMessages' && pageToken === undefined && labelId === undefined;
    case 'refusedListToken':
      return call === 'listMessages' && pageToken !== undefined;
    case 'refusedHistoryToken':
      return call === 'listHistory' && pageToken !== undefined;
    default:
      return fault.call === call;
  }
}

function takeNext<Fault>(armed: Armed<Fault>[], concerns: (fault: Fault) => boolean): Fault | undefined {
  const index = armed.findIndex(({ fault }) => concerns(fault));
  const next = armed[index];
  if (next === undefined) return undefined;
  if (next.skip > 0) {
    next.skip -= 1;
    return undefined;
  }
  armed.splice(index, 1);
  return next.fault;
}
