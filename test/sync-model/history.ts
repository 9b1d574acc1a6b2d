import fc from 'fast-check';
import {
  type CallFault,
  callFaults,
  type GmailCall,
  gmailCalls,
  type HarnessFault,
  harnessFaults,
  type OwnFault,
  ownFaults,
  type PartFault,
  partFaults,
  type WriteFault,
} from './fault-plan.ts';
import { type WriteKind, writeKinds } from './lambda-process.ts';
import { type Blemish, type MailboxShape, modelLabels } from './model-mailbox.ts';

/** Something that happens to a mailbox, to the sync, or between them. Messages are chosen by number. */
export type Operation =
  | { readonly kind: 'arrive'; readonly labels: readonly string[] }
  | { readonly kind: 'arriveLate'; readonly labels: readonly string[]; readonly milliseconds: number }
  | { readonly kind: 'reply'; readonly to: number; readonly labels: readonly string[] }
  | { readonly kind: 'label'; readonly messages: readonly number[]; readonly label: string }
  | { readonly kind: 'unlabel'; readonly messages: readonly number[]; readonly label: string }
  | { readonly kind: 'trash' | 'untrash' | 'spam' | 'delete' | 'restore'; readonly message: number }
  | { readonly kind: 'relabelTwice'; readonly messages: readonly number[]; readonly label: string }
  | { readonly kind: 'blemish'; readonly message: number; readonly blemish: Blemish }
  | {
      readonly kind: 'upheaval';
      readonly first: number;
      readonly messages: number;
      readonly does: 'label' | 'unlabel' | 'delete';
      readonly label: string;
    }
  | {
      readonly kind:
        | 'heal'
        | 'refuseMessages'
        | 'repeatRecord'
        | 'swapRecords'
        | 'forgetHistory'
        | 'sync'
        | 'verify'
        | 'redrive';
    }
  | { readonly kind: 'reconnect' | 'disconnect' | 'consent' | 'pause' | 'resume' }
  | { readonly kind: 'deleteUnwritten' }
  | { readonly kind: 'refuse'; readonly code: 'grant_revoked' | 'insufficient_scope' | 'domain_policy' }
  | { readonly kind: 'callFault'; readonly fault: CallFault; readonly call: GmailCall; readonly skip: number }
  | { readonly kind: 'partFault'; readonly fault: PartFault; readonly skip: number; readonly every: number }
  | { readonly kind: 'ownFault'; readonly fault: OwnFault; readonly skip: number }
  | { readonly kind: 'writeFault'; readonly fault: WriteFault }
  | { readonly kind: 'harnessFault'; readonly fault: HarnessFault };

/** Something that goes wrong between Gmail, the sync and its tables. */
export type FaultOperation = Extract<
  Operation,
  { readonly kind: 'callFault' | 'partFault' | 'ownFault' | 'writeFault' }
>;

/** What happens, some milliseconds after what happened before it. */
export interface Step {
  readonly after: number;
  readonly operation: Operation;
}

/** A mailbox, and all that happens to it, each thing some milliseconds after the one before. */
export interface History {
  readonly seed: number;
  readonly messages: number;
  /** Every how many of them stand in the thread of the one before; 0: none. */
  readonly threads: number;
  readonly shape: MailboxShape;
  /** Units of a minute: how many jobs a backfill takes. */
  readonly unitsPerMinute: number;
  readonly unitsPerDay: number;
  readonly verifyEveryMinutes: number;
  /** Messages that a comparison takes at a time. */
  readonly verifyGroup: number;
  readonly storeDelay: number;
  readonly indexLag: number;
  readonly operations: readonly Step[];
  /** How the person leaves after all that, for an hour; undefined: they stay. */
  readonly leaving: readonly Step[] | undefined;
  /** What goes wrong while a copy that was spoiled on purpose is compared. */
  readonly lastFault: FaultOperation | undefined;
}

/** No history is shorter. */
export const fewestOperations = 50;

const message = fc.nat({ max: 999 });
const skip = fc.nat({ max: 3 });
const label = fc.constantFrom(...modelLabels.filter((name) => name !== 'TRASH' && name !== 'SPAM'));
const labels = fc.subarray(['INBOX', 'UNREAD', 'STARRED', 'Label_1'], { minLength: 0 });
const messages = fc.array(message, { minLength: 1, maxLength: 4 });
const just = <Kind extends string>(kind: Kind) => fc.record({ kind: fc.constant(kind) });

/** These happen seldom, so that the first of them is to fail; those that stand here twice, most seldom. */
const rareWrites = [
  'release',
  'postpone',
  'postpone',
  'erase',
  'eraseChanges',
  'deleteState',
  'putFailed',
  'deleteFailed',
  'deleteFailed',
  'deleteFailed',
  'replace',
  'delete',
] as const;

function writeFault(kinds: readonly WriteKind[], mostSkipped: number): fc.Arbitrary<WriteFault> {
  return fc.record({
    write: fc.constantFrom(...kinds),
    skip: fc.nat({ max: mostSkipped }),
    when: fc.constantFrom('before', 'among', 'after'),
    effect: fc.constantFrom('kill', 'kill', 'fail'),
  });
}

const operation: fc.Arbitrary<Operation> = fc.oneof(
  { weight: 8, arbitrary: fc.record({ kind: fc.constant('arrive'), labels }) },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant('arriveLate'),
      labels,
      milliseconds: fc.oneof(fc.nat({ max: 4_000 }), fc.nat({ max: 180_000 })),
    }),
  },
  { weight: 6, arbitrary: fc.record({ kind: fc.constant('reply'), to: message, labels }) },
  { weight: 8, arbitrary: fc.record({ kind: fc.constant('label'), messages, label }) },
  { weight: 8, arbitrary: fc.record({ kind: fc.constant('unlabel'), messages, label }) },
  {
    weight: 9,
    arbitrary: fc.record({
      kind: fc.constantFrom('trash', 'untrash', 'spam', 'delete', 'delete', 'restore'),
      message,
    }),
  },
  {
    weight: 5,
    arbitrary: fc.record({
      kind: fc.constant('blemish'),
      message,
      blemish: fc.constantFrom('unreadable', 'refused', 'oversize'),
    }),
  },
  { weight: 5, arbitrary: just('heal') },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('relabelTwice'), messages, label }) },
  { weight: 1, arbitrary: just('refuseMessages') },
  { weight: 2, arbitrary: just('repeatRecord') },
  { weight: 2, arbitrary: just('swapRecords') },
  { weight: 1, arbitrary: just('forgetHistory') },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('upheaval'),
      first: message,
      messages: fc.integer({ min: 30, max: 60 }),
      does: fc.constantFrom('label', 'unlabel', 'delete'),
      label,
    }),
  },
  { weight: 3, arbitrary: just('sync') },
  { weight: 2, arbitrary: just('verify') },
  { weight: 1, arbitrary: just('redrive') },
  { weight: 1, arbitrary: just('reconnect') },
  { weight: 1, arbitrary: just('consent') },
  { weight: 1, arbitrary: just('pause') },
  { weight: 2, arbitrary: just('resume') },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('refuse'),
      code: fc.constantFrom('grant_revoked', 'insufficient_scope', 'domain_policy'),
    }),
  },
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant('callFault'),
      fault: fc.constantFrom(...callFaults),
      call: fc.constantFrom<GmailCall>(...gmailCalls, 'fetch', 'listHistory'),
      skip,
    }),
  },
  {
    weight: 5,
    arbitrary: fc.record({
      kind: fc.constant('partFault'),
      fault: fc.constantFrom(...partFaults),
      skip,
      every: fc.integer({ min: 1, max: 4 }),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ kind: fc.constant('ownFault'), fault: fc.constantFrom(...ownFaults), skip }),
  },
  {
    weight: 10,
    arbitrary: fc.record({
      kind: fc.constant('writeFault'),
      fault: fc.oneof(
        { weight: 2, arbitrary: writeFault(writeKinds, 2) },
        { weight: 3, arbitrary: writeFault(rareWrites, 0) },
      ),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({ kind: fc.constant('harnessFault'), fault: fc.constantFrom(...harnessFaults) }),
  },
);

/** Faults that lose nothing; of a worker that dies, nobody knows what it had found. */
const lastFault: fc.Arbitrary<FaultOperation> = fc.oneof(
  fc.record({
    kind: fc.constant('callFault'),
    fault: fc.constantFrom(...callFaults),
    call: fc.constantFrom<GmailCall>('listMessages', 'listHistory', 'fetch'),
    skip: fc.nat({ max: 30 }),
  }),
  fc.record({
    kind: fc.constant('partFault'),
    fault: fc.constantFrom(...partFaults),
    skip,
    every: fc.integer({ min: 1, max: 4 }),
  }),
  fc.record({
    kind: fc.constant('ownFault'),
    fault: fc.constantFrom('refusedListToken', 'refusedHistoryToken'),
    skip,
  }),
  fc.record({
    kind: fc.constant('writeFault'),
    fault: writeFault(['overwrite', 'overwrite', 'delete', 'putAbsent', 'saveProgress'], 1),
  }),
);

/** Mostly within the same job, else minutes apart. */
const after = fc.oneof(
  { weight: 5, arbitrary: fc.nat({ max: 400 }) },
  { weight: 2, arbitrary: fc.nat({ max: 70_000 }) },
  { weight: 1, arbitrary: fc.integer({ min: 60_000, max: 360_000 }) },
);

/** What seldom comes together by chance, and only together is a danger. */
const unwritten: fc.Arbitrary<readonly Step[]> = fc
  .record({
    labels,
    death: fc.constantFrom<WriteFault>(
      { write: 'putAbsent', skip: 0, when: 'before', effect: 'kill' },
      { write: 'putAbsent', skip: 0, when: 'among', effect: 'kill' },
      { write: 'change', skip: 0, when: 'after', effect: 'kill' },
    ),
    nextFault: fc.option(
      fc.record({
        kind: fc.constant('callFault'),
        fault: fc.constantFrom(...callFaults),
        call: fc.constant('listHistory'),
        skip: fc.constant(0),
      }),
      { nil: undefined },
    ),
  })
  .map(({ labels, death, nextFault }) => [
    { after: 0, operation: { kind: 'arrive', labels } },
    { after: 0, operation: { kind: 'arrive', labels } },
    { after: 0, operation: { kind: 'writeFault', fault: death } },
    { after: 0, operation: { kind: 'sync' } },
    { after: 70_000, operation: { kind: 'deleteUnwritten' } },
    ...(nextFault === undefined ? [] : [{ after: 0, operation: nextFault }]),
  ]);

const leave: readonly Step[] = [{ after: 0, operation: { kind: 'disconnect' } }];

/** The person leaves, comes back while that can be told in part alone, and leaves for good. */
const comeAndGo: readonly Step[] = [
  ...leave,
  {
    after: 10_000,
    operation: { kind: 'writeFault', fault: { write: 'change', skip: 0, when: 'among', effect: 'kill' } },
  },
  { after: 0, operation: { kind: 'consent' } },
  { after: 1_000, operation: { kind: 'disconnect' } },
];

const single: fc.Arbitrary<readonly Step[]> = fc.record({ after, operation }).map((step) => [step]);
const step = fc.oneof({ weight: 60, arbitrary: single }, { weight: 1, arbitrary: unwritten });

/** Gmail's history is lost, or all begins anew: it makes up for what went wrong before. */
function isNewStart({ operation }: Step): boolean {
  const { kind } = operation;
  const loses = kind === 'ownFault' && operation.fault === 'expiredHistory';
  return loses || kind === 'forgetHistory' || kind === 'upheaval' || kind === 'reconnect';
}

function stepsOf(one: fc.Arbitrary<readonly Step[]>): fc.Arbitrary<readonly Step[]> {
  return fc.array(one, { minLength: fewestOperations, maxLength: 80 }).map((steps) => steps.flat());
}

/** Histories of at least `fewestOperations`, over mailboxes with three list pages or more. */
export const histories: fc.Arbitrary<History> = fc.record({
  seed: fc.nat({ max: 1_000_000 }),
  messages: fc.integer({ min: 22, max: 60 }),
  threads: fc.constantFrom(0, 2, 3, 5),
  shape: fc.record({
    listPage: fc.constantFrom(7),
    historyPage: fc.constantFrom(1, 2, 5, 100),
    emptyPages: fc.constantFrom(0, 2, 3),
    dates: fc.constantFrom('scattered', 'arrival'),
    order: fc.constantFrom('newest', 'newest', 'any'),
  }),
  unitsPerMinute: fc.constantFrom(300, 600, 6_000),
  unitsPerDay: fc.constantFrom(80_000_000, 80_000_000, 4_000, 2_000),
  verifyEveryMinutes: fc.constantFrom(30, 7 * 24 * 60),
  verifyGroup: fc.constantFrom(7, 7, 25),
  storeDelay: fc.constantFrom(0, 3, 40),
  indexLag: fc.constantFrom(0, 0, 500),
  operations: fc.oneof(stepsOf(step), stepsOf(step.filter((steps) => !steps.some(isNewStart)))),
  leaving: fc.option(fc.constantFrom(leave, comeAndGo), { nil: undefined, freq: 4 }),
  lastFault: fc.option(lastFault, { nil: undefined, freq: 2 }),
});
